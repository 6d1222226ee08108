import { Field, ObjectType, registerEnumType } from "type-graphql";
import type * as retention from "../features/snapshot-retention.js";
import { DateScalar } from "./date.scalar.js";

export const RetentionOutcome = {
  WOULD_DROP: "WOULD_DROP",
  DROPPED: "DROPPED",
  KEPT: "KEPT",
} as const satisfies { [O in retention.RetentionOutcome]: O };
registerEnumType(RetentionOutcome, { name: "RetentionOutcome" });

@ObjectType("RetentionDate", { simpleResolvers: true })
export class RetentionDateType {
  @Field(() => DateScalar)
  asOf!: string;

  @Field(() => RetentionOutcome)
  outcome!: retention.RetentionOutcome;

  @Field(() => String, {
    description: "Why it was kept, or that it is before the limit and nothing keeps it.",
  })
  reason!: string;
}

@ObjectType("RetentionReport", {
  simpleResolvers: true,
  description: "Every date that had rows when it was asked for, oldest first, and what became of them.",
})
export class RetentionReportType {
  @Field(() => Boolean)
  dryRun!: boolean;

  @Field(() => DateScalar, {
    nullable: true,
    description: "From it on every date is kept. Null where there is no snapshot.",
  })
  limit!: string | null;
}
