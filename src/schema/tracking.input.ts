import { Field, Float, ID, InputType, Int } from "type-graphql";
import type { DeclaredSignature } from "../registry/external-signature.js";
import type { MetricPoint } from "../registry/run.js";
import { SEED, TEST_FRACTION } from "../values/ranges.js";
import { DateScalar } from "./date.scalar.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { DEFAULT_MODEL } from "./default-model.js";
import { JsonScalar } from "./json.scalar.js";

@InputType("CreateRunInput")
export class CreateRunInput {
  @Field(() => ID, {
    nullable: true,
    description: "A UUID of the client's choice: asking again with it makes no second run.",
  })
  id?: string | null;

  @Field(() => String, { nullable: true })
  name?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "An object. `model` and `asOf` in it are what runs(where:) filters by.",
  })
  params?: unknown;

  @Field(() => JsonScalar, { nullable: true, description: "An object of texts." })
  tags?: unknown;

  @Field(() => String, { nullable: true })
  note?: string | null;

  @Field(() => JsonScalar, { nullable: true, description: "An object: what it runs on." })
  environment?: unknown;

  @Field(() => String, { nullable: true })
  gitCommit?: string | null;
}

@InputType("UpdateRunInput", { description: "What is left out stays." })
export class UpdateRunInput {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true, description: "Null removes it." })
  name?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "Texts by name: set or replaced, removed where null; other tags stay.",
  })
  tags?: unknown;

  @Field(() => String, { nullable: true, description: "Null removes it." })
  note?: string | null;
}

@InputType("MetricInput")
export class MetricInput implements Omit<MetricPoint, "value"> {
  @Field(() => String)
  name!: string;

  @Field(() => Float, { nullable: true })
  value?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Instead of `value` for what JSON has no number for: NaN, Infinity or -Infinity.",
  })
  text?: string | null;

  @Field(() => Float, { defaultValue: 0, description: "A whole number of up to 53 bits." })
  step!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: "Now unless given." })
  at?: Date | null;
}

@InputType("LogArtifactInput", {
  description: "For small files; POST /runs/:id/artifacts/:name takes larger ones.",
})
export class LogArtifactInput {
  @Field(() => ID)
  runId!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { defaultValue: "application/octet-stream" })
  mediaType!: string;

  @Field(() => String, { description: "At most 2 MiB decoded." })
  base64!: string;
}

@InputType("ModelInputFeatures")
export class ModelInputFeatures {
  @Field(() => String, { description: "Of an input of the ONNX file." })
  name!: string;

  @Field(() => [String], { description: "The features that fill it, in order." })
  features!: string[];
}

@InputType("DeclaredSignature", {
  description:
    "What the file's names do not say. An input named after a feature is filled by it, one named `numeric` by all numeric features in the order of the feature service.",
})
export class DeclaredSignatureInput implements DeclaredSignature {
  @Field(() => [ModelInputFeatures], { nullable: true })
  inputs?: ModelInputFeatures[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The output that is the answer: of two classes one column, or two with the positive class second; of several one for each.",
  })
  output?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Multiclass: what the columns of the output are of, in order, where the file does not name its classes.",
  })
  classes?: string[] | null;
}

@InputType("ExpectedPrediction", { description: "What the model gave where it was trained." })
export class ExpectedPredictionInput {
  @Field(() => ID)
  userId!: unknown;

  @Field(() => Float)
  probability!: number;
}

@InputType("RegisterModelInput")
export class RegisterModelInput {
  @Field(() => ID)
  runId!: string;

  @Field(() => String, { defaultValue: DEFAULT_MODEL })
  model!: string;

  @Field(() => String, {
    defaultValue: "model.onnx",
    description: "The run's artifact that is the ONNX file.",
  })
  artifact!: string;

  @Field(() => String, {
    nullable: true,
    description: "The file itself in base64, at most 2 MiB decoded: it becomes that artifact.",
  })
  onnx?: string | null;

  @Field(() => DeclaredSignatureInput, { nullable: true })
  signature?: DeclaredSignatureInput | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The class whose probability is asked for, such as churn, as the file's classifier names its two. Without it, the second.",
  })
  positiveClass?: string | null;

  @Field(() => [ExpectedPredictionInput], {
    nullable: true,
    description:
      "Up to 10 000 probabilities the model gave where it was trained, of users with a label: the file is refused where it gives others here.",
  })
  expected?: ExpectedPredictionInput[] | null;

  @Field(() => Float, {
    nullable: true,
    description: "How far an expected probability may be off; 0.0001 unless given.",
  })
  expectedTolerance?: number | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: "The snapshot it is judged on; the last of the export where trainedOn names one.",
  })
  asOf?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: "The snapshot of the labels, that of asOf unless given.",
  })
  labelAsOf?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `Decides with testFraction which users are held out; unless given that of the export trainedOn names, where it has the column held_out, else ${SEED.default}.`,
  })
  seed?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: `The share of users that is held out; unless given that of the same export, else ${TEST_FRACTION.default}.`,
  })
  testFraction?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "Where there is none, that of the greatest f1 on the users that are not held out.",
  })
  threshold?: number | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "The EXPORT run that wrote what it was trained on: its snapshots are the version's and are kept while it serves, and whom its column held_out names it is judged on.",
  })
  trainedOn?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Of more labelled rows than these a sample is judged, which the run names; 1 000 000 unless given.",
  })
  maxRows?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "How long to wait for the judgement, 0 to 60, and never longer than two thirds of REQUEST_TIMEOUT_MS, which is the default. A version that is not judged by then is answered PENDING.",
  })
  waitSeconds?: number | null;
}
