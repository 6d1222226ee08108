import { Field, Float, Int, ObjectType } from "type-graphql";
import type { ImportedFrom, VersionPlace } from "../registry/archive/imported-from.js";
import {
  type ModelFeature,
  type ModelSignature,
  type TensorSpec,
  type VersionEntry,
} from "../registry/model.js";
import { Algorithm } from "./algorithm.enum.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";
import { NodeType } from "./node.type.js";
import { Stage } from "./stage.enum.js";
import { VersionStatus } from "./version-status.enum.js";

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
export class ModelFeatureType implements Omit<ModelFeature, "type" | "categories"> {
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

@ObjectType("VersionPlace", { simpleResolvers: true, description: "A version as one deployment has it." })
export class VersionPlaceType implements VersionPlace {
  @Field(() => String, { description: "What that deployment is called." })
  deployment!: string;

  @Field(() => String)
  model!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { description: "The run that measured it there." })
  runId!: string;
}

@ObjectType("ImportedFrom", { simpleResolvers: true, description: "The archive that a version came in." })
export class ImportedFromType implements ImportedFrom {
  @Field(() => String, {
    description:
      "SHA-256 of the archive's manifest, which is at `/artifacts/<this>`; every other file in it follows from it.",
  })
  archive!: string;

  @Field(() => VersionPlaceType, {
    description: "Where it was registered first: the same version keeps it wherever it is moved.",
  })
  origin!: VersionPlace;

  @Field(() => VersionPlaceType, { description: "Where this archive was exported." })
  from!: VersionPlace;

  @Field(() => String, { description: "What trained it: a learner of asof's, or EXTERNAL." })
  algorithm!: string;

  @Field(() => String, {
    nullable: true,
    description: "Whose signature it had: SHA-256 of the public key. Null where none was asked for.",
  })
  signedBy!: string | null;
}

@ObjectType("ModelVersion", {
  implements: NodeType,
  simpleResolvers: true,
  description: "One ONNX file of a model, and where it stands.",
})
export class ModelVersionType
  implements
    Omit<
      VersionEntry,
      "id" | "runId" | "judgedBy" | "trainedOn" | "trainedSnapshots" | "snapshotId" | "labelSnapshotId"
    >
{
  @Field(() => String)
  model!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => Stage)
  stage!: VersionEntry["stage"];

  @Field(() => DateTimeScalar)
  createdAt!: Date;

  @Field(() => Algorithm)
  algorithm!: VersionEntry["algorithm"];

  @Field(() => VersionStatus, {
    description: "Whether it was judged: only a READY version can be promoted or asked.",
  })
  status!: VersionEntry["status"];

  @Field(() => String, { nullable: true, description: "Why it FAILED, in words; null otherwise." })
  statusMessage!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "SHA-256 of the ONNX file: two equal ones are the same model, byte for byte. Null where it has none.",
  })
  sha256!: string | null;

  @Field(() => Float, { nullable: true })
  bytes!: number | null;

  @Field(() => String, { nullable: true, description: "Where its file came from, as its client says it." })
  source!: string | null;

  @Field(() => ImportedFromType, {
    nullable: true,
    description: "Of a version that another deployment exported: where it came from. Null otherwise.",
  })
  importedFrom!: ImportedFrom | null;

  @Field(() => ModelSignatureType, {
    nullable: true,
    description: "What it takes and gives. Null until it is judged.",
  })
  signature!: ModelSignature | null;

  @Field(() => Float, {
    nullable: true,
    description: "The probability from which on the prediction is 1. Null until it is judged.",
  })
  threshold!: number | null;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => JsonScalar, { description: "Texts by name, as describeModel set them." })
  tags!: Record<string, string>;
}
