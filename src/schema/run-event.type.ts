import { Field, Float, ID, ObjectType } from "type-graphql";
import type { RunEvent } from "../registry/run.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";
import { RunEventType as EventType, RunKind, RunStatus } from "./run.enum.js";

@ObjectType("RunEvent", { simpleResolvers: true })
export class RunEventObject implements RunEvent {
  @Field(() => ID, { description: "Cursor, growing." })
  id!: string;

  @Field(() => ID)
  runId!: string;

  @Field(() => RunKind)
  kind!: RunEvent["kind"];

  @Field(() => DateTimeScalar)
  at!: Date;

  @Field(() => EventType)
  type!: RunEvent["type"];

  @Field(() => RunStatus, { description: "The run's, when this happened." })
  status!: RunEvent["status"];

  @Field(() => String, { nullable: true })
  step!: string | null;

  @Field(() => String)
  message!: string;

  @Field(() => Float, { nullable: true, description: "0 to 1" })
  progress!: number | null;

  @Field(() => JsonScalar, { nullable: true })
  data!: Record<string, unknown> | null;
}
