import { Field, ObjectType } from "type-graphql";
import type { Firing, Schedule } from "../jobs/schedules/schedules.js";
import type { RunError } from "../registry/run.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";
import { NodeType } from "./node.type.js";
import { RunKind } from "./run.enum.js";
import { RunErrorType } from "./run.type.js";

@ObjectType("ScheduleFiring", {
  simpleResolvers: true,
  description: "One time a schedule came due: it started a run, or says why it could not.",
})
export class ScheduleFiringType implements Omit<Firing, "runId"> {
  @Field(() => DateTimeScalar)
  scheduledFor!: Date;

  @Field(() => RunErrorType, { nullable: true })
  error!: RunError | null;
}

@ObjectType("Schedule", {
  implements: NodeType,
  simpleResolvers: true,
  description: "Starts runs by the clock.",
})
export class ScheduleType implements Schedule {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  cron!: string;

  @Field(() => String)
  timezone!: string;

  @Field(() => RunKind)
  kind!: Schedule["kind"];

  @Field(() => JsonScalar, { description: "As they were set, with placeholders." })
  params!: Record<string, unknown>;

  @Field(() => Boolean)
  catchUp!: boolean;

  @Field(() => Boolean)
  paused!: boolean;

  @Field(() => String, { description: "Who set it last." })
  actor!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: "The instant it last came due." })
  lastFiredAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "Null while paused." })
  nextAt!: Date | null;
}
