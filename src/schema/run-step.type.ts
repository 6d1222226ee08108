import { Field, Float, Int, ObjectType } from "type-graphql";
import type { RunStep } from "../registry/run.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { RunStatus } from "./run.enum.js";

@ObjectType("RunStep", { simpleResolvers: true })
export class RunStepType implements RunStep {
  @Field(() => String)
  name!: string;

  @Field(() => RunStatus)
  status!: RunStep["status"];

  @Field(() => DateTimeScalar, { nullable: true })
  startedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true })
  finishedAt!: Date | null;

  @Field(() => Float, { nullable: true })
  durationMs!: number | null;

  @Field(() => Int)
  attempt!: number;
}
