import { Field, Float, Int, ObjectType } from "type-graphql";
import type { ModelFeature, ModelSignature, ModelVersion, TensorSpec } from "../registry/model.js";
import { Algorithm } from "./algorithm.enum.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";
import { NodeType } from "./node.type.js";
import { Stage } from "./stage.enum.js";

@ObjectType("TensorSpec", { simpleResolvers: true })
export class TensorSpecType implements TensorSpec {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  type!: string;

  @Field(() => [Int], { nullable: "items", description: "Null: any number of rows." })
  shape!: (number | null)[];

  @Field(() => [String], {
    nullable: true,
    description: "What fills it, in order. Null for asof's own models: there the names say it.",
  })
  features?: string[];
}

@ObjectType("ModelFeature", { simpleResolvers: true })
export class ModelFeatureType implements Omit<ModelFeature, "type"> {
  @Field(() => String)
  name!: string;

  @Field(() => String, { description: "`numeric` or `categorical`." })
  kind!: ModelFeature["kind"];

  @Field(() => String, {
    nullable: true,
    description: "Of the column it was trained on, `int`, `float`, …; null in signatures of 0.1.0.",
  })
  type?: string;

  @Field(() => Boolean, {
    nullable: true,
    description: "True where the model has no answer without a value; predict then says FEATURES_MISSING.",
  })
  required?: boolean;
}

@ObjectType("ModelSignature", { simpleResolvers: true })
export class ModelSignatureType implements ModelSignature {
  @Field(() => [TensorSpecType])
  inputs!: TensorSpec[];

  @Field(() => [TensorSpecType])
  outputs!: TensorSpec[];

  @Field(() => [ModelFeatureType], {
    description:
      "What the inputs are made of, in order: those of kind numeric fill `numeric`, each other is an input of its own name.",
  })
  features!: ModelFeature[];
}

@ObjectType("ModelVersion", {
  implements: NodeType,
  simpleResolvers: true,
  description: "One ONNX file of a model, and where it stands.",
})
export class ModelVersionType
  implements Omit<ModelVersion, "id" | "runId" | "snapshotId" | "labelSnapshotId">
{
  @Field(() => String)
  model!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => Stage)
  stage!: ModelVersion["stage"];

  @Field(() => DateTimeScalar)
  createdAt!: Date;

  @Field(() => Algorithm)
  algorithm!: ModelVersion["algorithm"];

  @Field(() => String, {
    description: "SHA-256 of the ONNX file: two equal ones are the same model, byte for byte.",
  })
  sha256!: string;

  @Field(() => Float)
  bytes!: number;

  @Field(() => ModelSignatureType)
  signature!: ModelSignature;

  @Field(() => Float, { description: "The probability from which on the prediction is 1." })
  threshold!: number;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => JsonScalar, { description: "Texts by name, as describeModel set them." })
  tags!: Record<string, string>;
}
