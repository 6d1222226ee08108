import { Field, InputType } from "type-graphql";
import { JsonScalar } from "./json.scalar.js";
import { RunKind } from "./run.enum.js";

@InputType("ScheduleInput")
export class ScheduleInput {
  @Field(() => String, { description: "Of this schedule; setting it again changes it." })
  name!: string;

  @Field(() => String, {
    description:
      'minute hour day month weekday, such as "0 3 1 * *", or six fields with seconds first. Day and weekday must both hold.',
  })
  cron!: string;

  @Field(() => String, {
    defaultValue: "UTC",
    description: "IANA name; cron and placeholders are read in it.",
  })
  timezone!: string;

  @Field(() => RunKind, { description: "What it starts." })
  kind!: string;

  @Field(() => JsonScalar, {
    description:
      "What that kind's mutation takes. Texts may hold {date}, {yesterday}, {month}, {previous_month} and\n" +
      '{previous_month_end}: {source: "month_{previous_month}", asOf: "{previous_month_end}"}.',
  })
  params!: unknown;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      "Whether what was missed while no worker ran, or while it was paused, is started afterwards.",
  })
  catchUp!: boolean;
}
