import { Field, Float, Int, ObjectType, registerEnumType } from "type-graphql";
import type { ViewFreshness } from "../features/types.js";
import { DateScalar } from "./date.scalar.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";
import { NodeType } from "./node.type.js";

const FeatureKind = { STORED: "STORED", REQUEST: "REQUEST", DERIVED: "DERIVED" } as const;
registerEnumType(FeatureKind, {
  name: "FeatureKind",
  description: "Where a feature's values come from.",
  valuesConfig: {
    STORED: { description: "Read from the feature store, by key." },
    REQUEST: { description: "Brought by each request; learnt from a column of a source." },
    DERIVED: { description: "Computed of others, for training and predictions by the same evaluator." },
  },
});

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

  @Field(() => Boolean, {
    description:
      "Whether its values are personal: declared so, or computed of what is. `viewer.seesPersonal` says whether the caller sees them.",
  })
  personal!: boolean;

  @Field(() => FeatureKind, { description: "Where its values come from." })
  kind!: keyof typeof FeatureKind;

  @Field(() => String, { nullable: true, description: "How it is computed; null where it is not." })
  expression!: string | null;
}

@ObjectType("RequestFeature", {
  simpleResolvers: true,
  description:
    "A value that a request brings; it is checked as the column of a delivery that it is learnt from.",
})
export class RequestFeatureType {
  @Field(() => String, { description: "As in `request`: snake_case." })
  name!: string;

  @Field(() => String, { description: "As in this schema: camelCase." })
  field!: string;

  @Field(() => String, { description: "As declared." })
  type!: string;

  @Field(() => String, { nullable: true })
  description?: string;

  @Field(() => Boolean, { description: "Whether a request without it is refused." })
  required!: boolean;

  @Field(() => JsonScalar, { nullable: true, description: "The least value accepted, as `request` has it." })
  min?: number | string;

  @Field(() => JsonScalar, { nullable: true, description: "The greatest value accepted." })
  max?: number | string;

  @Field(() => [String], { nullable: true, description: "The only values accepted; null: any." })
  oneOf?: readonly string[];
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
