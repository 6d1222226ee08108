import { Field, Float, Int, ObjectType } from "type-graphql";
import type * as retention from "../features/windows/event-retention.js";
import type { StaleDate } from "../features/windows/late-events.js";
import { DateScalar } from "./date.scalar.js";
import { RetentionOutcome } from "./retention-report.type.js";

@ObjectType("EventMonth", {
  simpleResolvers: true,
  description: "What retention does with one month of events.",
})
export class EventMonthType implements retention.EventMonth {
  @Field(() => DateScalar, { description: "Its first day." })
  month!: string;

  @Field(() => RetentionOutcome, { description: "What becomes of its events." })
  outcome!: retention.EventMonth["outcome"];

  @Field(() => String, {
    description: "Why it was kept, or that it is before the limit and nothing keeps it.",
  })
  reason!: string;

  @Field(() => Float, { description: "Versions of events that it has, or had." })
  events!: number;

  @Field(() => Float, { description: "The room it takes on disk, indexes included." })
  bytes!: number;
}

@ObjectType("FrozenDate", {
  simpleResolvers: true,
  description: "A date whose windows see events that go: its snapshot stays, and gets no revision any more.",
})
export class FrozenDateType implements StaleDate {
  @Field(() => DateScalar, { description: "The date." })
  asOf!: string;

  @Field(() => Int, { description: "Events that came after its windows were computed: resnapshot it first." })
  lateEvents!: number;
}

@ObjectType("EventSourceRetention", {
  simpleResolvers: true,
  description: "What retention does with the events of one source.",
})
export class EventSourceRetentionType implements Omit<retention.EventSourceRetention, "months" | "frozen"> {
  @Field(() => String, { description: "The source." })
  source!: string;

  @Field(() => Int, { description: "The days that it is kept for, asked for or declared." })
  keepDays!: number;

  @Field(() => DateScalar, {
    nullable: true,
    description: "Months before it go. Null where there is no snapshot.",
  })
  limit!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: "The first day whose events are there, by what was dropped until now. Null: all are.",
  })
  eventsFrom!: string | null;
}

@ObjectType("EventRetentionReport", {
  simpleResolvers: true,
  description: "What of old events was dropped, or would be, and what cannot be computed without them.",
})
export class EventRetentionReportType implements Omit<retention.EventRetentionReport, "sources"> {
  @Field(() => Boolean, { description: "Whether it only says what would be dropped." })
  dryRun!: boolean;

  @Field(() => Float, { description: "Versions of events that were dropped, or would be." })
  events!: number;

  @Field(() => Float, { description: "The room on disk that they took, or take." })
  bytes!: number;
}
