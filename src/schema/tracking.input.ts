import { Field, Float, ID, InputType, Int } from "type-graphql";
import type { MetricPoint } from "../registry/run.js";
import { DateTimeScalar } from "./date-time.scalar.js";
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
export class MetricInput implements MetricPoint {
  @Field(() => String)
  name!: string;

  @Field(() => Float)
  value!: number;

  @Field(() => Int, { defaultValue: 0 })
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
