import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type { AlertDeliveryState } from "../alerts/delivery-store.js";
import { AlertChannelName, AlertDeliveryStateName, AlertEventName } from "./alert.enum.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";

@ObjectType("AlertRule", { simpleResolvers: true, description: "Who is told of what." })
export class AlertRuleType {
  @Field(() => String)
  name!: string;

  @Field(() => [String], { description: "The events that it tells of, by name." })
  on!: string[];

  @Field(() => JsonScalar, { description: "The options of each event, by its name." })
  params!: unknown;

  @Field(() => String, { description: "By what it is sent." })
  channel!: string;

  @Field(() => JsonScalar, {
    description: "The channel's options. Of a secret they have the variable's name.",
  })
  options!: unknown;

  @Field(() => Boolean, { description: "By the definitions: only they change it." })
  declared!: boolean;

  @Field(() => String, { description: "Who set it last." })
  actor!: string;

  @Field(() => DateTimeScalar, { description: "When it was set last, or a process last started." })
  changedAt!: Date;
}

@ObjectType("AlertDelivery", { simpleResolvers: true, description: "One message to the receiver of a rule." })
export class AlertDeliveryType {
  @Field(() => ID, { description: "By it the receiver knows one that comes twice." })
  id!: string;

  @Field(() => String, { description: "The rule's name." })
  rule!: string;

  @Field(() => String, { description: "The event's name; of a test TEST." })
  event!: string;

  @Field(() => String, { description: "Whether it HAPPENED, or something that lasts BEGAN or ENDED." })
  phase!: string;

  @Field(() => String, { description: "What is told, in a sentence." })
  summary!: string;

  @Field(() => JsonScalar, { description: "What is told, for programs." })
  data!: unknown;

  @Field(() => String, { description: "By what it is sent." })
  channel!: string;

  @Field(() => AlertDeliveryStateName, { description: "What became of it." })
  state!: AlertDeliveryState;

  @Field(() => Int, { description: "How often it was tried." })
  attempts!: number;

  @Field(() => DateTimeScalar)
  createdAt!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When it is tried next; null unless it waits.",
  })
  nextAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "When it was taken; null before." })
  deliveredAt!: Date | null;

  @Field(() => String, { nullable: true, description: "What kept it from being taken the last time." })
  lastError!: string | null;
}

@InputType("AlertRuleInput", { description: "Who to tell of what." })
export class AlertRuleInput {
  @Field(() => String, { description: "Of this rule; setting it again changes it." })
  name!: string;

  @Field(() => [AlertEventName], { description: "What to tell of." })
  on!: string[];

  @Field(() => JsonScalar, {
    nullable: true,
    description: "Options of these events, by name: {DRIFT: {above: 0.3}}. See docs/alerts.md.",
  })
  params!: unknown;

  @Field(() => AlertChannelName, { description: "By what to send it." })
  channel!: string;

  @Field(() => JsonScalar, {
    description:
      'What that channel takes: {url: "https://…", secret: "ALERT_SECRET"}, where `secret` is the name of a variable of\n' +
      "the environment. See docs/alerts.md.",
  })
  options!: unknown;
}
