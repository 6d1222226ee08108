import { Field, ObjectType, registerEnumType } from "type-graphql";
import { FeatureDefinitionType, RequestFeatureType } from "./feature-view.type.js";
import { JsonScalar } from "./json.scalar.js";

export const Task = {
  BINARY: "BINARY",
  MULTICLASS: "MULTICLASS",
  REGRESSION: "REGRESSION",
  NONE: "NONE",
} as const;
registerEnumType(Task, { name: "Task", description: "What a feature service's models answer." });

@ObjectType("EntityKey", { simpleResolvers: true })
export class EntityKeyType {
  @Field(() => String, { description: "As in files and JSON." })
  column!: string;

  @Field(() => String, { description: "As in this schema." })
  field!: string;

  @Field(() => String)
  type!: string;
}

@ObjectType("Entity", { simpleResolvers: true, description: "What rows and predictions are about." })
export class EntityType {
  @Field(() => String)
  name!: string;

  @Field(() => String, { description: "Its name in the plural, in words: users, billing accounts." })
  plural!: string;

  @Field(() => String, { nullable: true })
  description?: string;

  @Field(() => [EntityKeyType])
  keys!: EntityKeyType[];
}

@ObjectType("FeatureService", {
  simpleResolvers: true,
  description: "What one model is trained on and served with; its name is the model's.",
})
export class FeatureServiceType {
  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  description?: string;

  @Field(() => Task)
  task!: string;

  @Field(() => String)
  entity!: string;

  @Field(() => String, { nullable: true, description: "The column that its models learn." })
  label!: string | null;

  @Field(() => [FeatureDefinitionType])
  features!: FeatureDefinitionType[];

  @Field(() => [RequestFeatureType], {
    description: "What a request may bring beside the key; empty where it brings nothing.",
  })
  request!: RequestFeatureType[];

  @Field(() => JsonScalar, { description: "As declared." })
  gates!: unknown;
}

@ObjectType("Deployment", { simpleResolvers: true })
export class DeploymentType {
  @Field(() => String)
  name!: string;

  @Field(() => [EntityType])
  entities!: EntityType[];

  @Field(() => [FeatureServiceType], {
    description: "The first one's model is the default of every `model`.",
  })
  services!: FeatureServiceType[];
}
