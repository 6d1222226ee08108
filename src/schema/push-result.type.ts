import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import type * as push from "../features/push-merge.js";
import { DateScalar } from "./date.scalar.js";

export const PushOutcome = {
  SERVED: "SERVED",
  STALE: "STALE",
  UNCHANGED: "UNCHANGED",
  ERASED: "ERASED",
} as const satisfies { [O in push.PushOutcome]: O };
registerEnumType(PushOutcome, {
  name: "PushOutcome",
  description:
    "SERVED: it is what is served now. STALE: newer values are served, or an extract of the same date; it is kept for the\n" +
    "offline store. UNCHANGED: exactly this is there already. ERASED: the user was erased, and is kept out.",
});

@ObjectType("PushedRow", { simpleResolvers: true })
export class PushedRowType {
  @Field(() => ID)
  userId!: string;

  @Field(() => DateScalar)
  asOf!: string;

  @Field(() => PushOutcome)
  outcome!: push.PushOutcome;
}

@ObjectType("PushWarning", {
  simpleResolvers: true,
  description:
    "What a source expects with severity WARNING, or of most values, and one pushed row does not hold.",
})
export class PushWarningType {
  @Field(() => Int, { description: "Its place in the call, from 0." })
  row!: number;

  @Field(() => ID)
  userId!: string;

  @Field(() => String, { nullable: true })
  column!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "As it came, as JSON; `(masked)` where it may be a personal value, whoever pushed it.",
  })
  value!: string | null;

  @Field(() => String)
  expectation!: string;

  @Field(() => String, { description: "What is expected, in words." })
  rule!: string;
}

@ObjectType("PushResult", { simpleResolvers: true })
export class PushResultType {
  @Field(() => String)
  view!: string;

  @Field(() => [PushedRowType], { description: "In the order of the call's rows." })
  outcomes!: PushedRowType[];

  @Field(() => [PushWarningType])
  warnings!: PushWarningType[];
}
