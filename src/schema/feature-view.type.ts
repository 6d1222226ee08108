import { Field, Float, Int, ObjectType } from "type-graphql";
import type { ViewFreshness } from "../features/types.js";
import { DateScalar } from "./date.scalar.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { NodeType } from "./node.type.js";

@ObjectType("FeatureDefinition", { simpleResolvers: true })
export class FeatureDefinitionType {
  @Field(() => String, { description: "As in files, tables and JSON: snake_case." })
  name!: string;

  @Field(() => String, { description: "As in this schema: camelCase." })
  field!: string;

  @Field(() => String)
  type!: string;

  @Field(() => String, { nullable: true })
  description?: string;

  @Field(() => String, {
    nullable: true,
    description: "The view that holds it; null for derived and request-time features.",
  })
  view!: string | null;
}

@ObjectType("ViewFreshness", { simpleResolvers: true })
export class ViewFreshnessType implements ViewFreshness {
  @Field(() => DateScalar, { nullable: true })
  newestEventTime!: string | null;

  @Field(() => DateTimeScalar, { nullable: true })
  materializedAt!: Date | null;

  @Field(() => Float, { nullable: true })
  ageSeconds!: number | null;

  @Field(() => Int)
  rowCount!: number;
}

@ObjectType("FeatureView", {
  implements: NodeType,
  description: "Features of one source that are snapshotted, materialized and served together.",
})
export class FeatureViewType {
  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  description?: string;
}

@ObjectType("FeatureStoreStatus")
export class FeatureStoreStatusType {}
