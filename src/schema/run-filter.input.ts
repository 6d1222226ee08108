import { Field, Float, InputType } from "type-graphql";
import type { RunFilter } from "../registry/run.js";
import { DateScalar } from "./date.scalar.js";
import { RunKind, RunStatus } from "./run.enum.js";

@InputType("MetricFilter", {
  description: "Runs whose metric of this name lies within the bounds, both inclusive.",
})
export class MetricFilterInput {
  @Field(() => String)
  name!: string;

  @Field(() => Float, { nullable: true })
  min?: number | null;

  @Field(() => Float, { nullable: true })
  max?: number | null;
}

@InputType("RunFilter", { description: "Runs that meet every condition given." })
export class RunFilterInput implements RunFilter {
  @Field(() => RunKind, { nullable: true })
  kind?: RunFilter["kind"];

  @Field(() => RunStatus, { nullable: true })
  status?: RunFilter["status"];

  @Field(() => DateScalar, { nullable: true })
  asOf?: string | null;

  @Field(() => String, { nullable: true })
  model?: string | null;

  @Field(() => MetricFilterInput, { nullable: true })
  metric?: MetricFilterInput | null;
}
