import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import type * as reports from "../monitoring/canary-report.js";
import type * as registry from "../registry/canaries.js";
import * as values from "../values/canary.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { DEFAULT_MODEL } from "./default-model.js";
import { LiveMetricsType } from "./live-metrics.type.js";

const enumOf = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, name])) as { [N in Name]: N };

export const CanaryArm = enumOf(values.CANARY_ARMS);
registerEnumType(CanaryArm, { name: "CanaryArm" });
export const CanaryOutcome = enumOf(values.CANARY_OUTCOMES);
registerEnumType(CanaryOutcome, { name: "CanaryOutcome" });

@ObjectType("CanaryRule", { simpleResolvers: true, description: "When a canary ends by itself." })
export class CanaryRuleType implements values.CanaryRule {
  @Field(() => Int, { description: "Each bound is looked at from so many rows on." })
  minRows!: number;

  @Field(() => Float, { nullable: true, description: "Of requests that both versions scored." })
  minAgreement?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "Of the challenger's requests, those that the champion had to answer.",
  })
  maxFallbackShare?: number | null;

  @Field(() => String, { nullable: true, description: "A metric by labels that came later." })
  metric?: values.CanaryRule["metric"];

  @Field(() => Float, { nullable: true, description: "How much worse the challenger's metric may be." })
  maxLoss?: number | null;
}

@ObjectType("Canary", {
  simpleResolvers: true,
  description: "A share of a model's keys, answered by a version beside the one in Production.",
})
export class CanaryType implements Omit<registry.Canary, "version" | "champion"> {
  @Field(() => ID, { description: "Other keys are drawn by another." })
  id!: number;

  @Field(() => String)
  model!: string;

  @Field(() => Int, { description: "The challenger." })
  version!: number;

  @Field(() => Int, { description: "What was in Production when it began." })
  champion!: number;

  @Field(() => Float, {
    description: "Of the keys, by a hash: the same key has the same version throughout.",
  })
  share!: number;

  @Field(() => CanaryRuleType, { description: "When it ends by itself." })
  stopRule!: values.CanaryRule;

  @Field(() => DateTimeScalar)
  startedAt!: Date;

  @Field(() => String, { description: "Who started it." })
  startedBy!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: "Null while it runs, as are the next three." })
  endedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: "Who ended it, or brought another version to Production.",
  })
  endedBy!: string | null;

  @Field(() => CanaryOutcome, { nullable: true, description: "How it ended." })
  outcome!: values.CanaryOutcome | null;

  @Field(() => String, { nullable: true })
  reason!: string | null;
}

@ObjectType("CanaryArmReport", {
  simpleResolvers: true,
  description: "What one version of a canary answered.",
})
export class CanaryArmReportType implements reports.CanaryArmReport {
  @Field(() => CanaryArm, { description: "Which of the two it is." })
  arm!: values.CanaryArm;

  @Field(() => Int)
  version!: number;

  @Field(() => Int, { description: "Logged ones." })
  predictions!: number;

  @Field(() => Int, { description: "How many different keys they are of." })
  keys!: number;

  @Field(() => Float, {
    nullable: true,
    description: "Of probabilities, of classes the likeliest's, or of values.",
  })
  meanAnswer!: number | null;

  @Field(() => LiveMetricsType, {
    nullable: true,
    description: "By labels that came later; null where no snapshot has any.",
  })
  live!: reports.CanaryArmReport["live"];
}

@ObjectType("CanaryReport", {
  simpleResolvers: true,
  description: "The two versions of a canary beside each other.",
})
export class CanaryReportType implements reports.CanaryReport {
  @Field(() => CanaryArmReportType, { description: "The version in Production." })
  champion!: reports.CanaryArmReport;

  @Field(() => CanaryArmReportType, { description: "The other." })
  challenger!: reports.CanaryArmReport;

  @Field(() => Int, { description: "The challenger's requests that the champion had to answer." })
  fallbacks!: number;

  @Field(() => Int, {
    description: "Requests that both scored: the one that answered, and the other after it.",
  })
  compared!: number;

  @Field(() => Float, { nullable: true, description: "Share of them on which both say the same." })
  agreement!: number | null;

  @Field(() => Float, { nullable: true, description: "Mean distance of the two answers." })
  meanShift!: number | null;
}

@InputType("CanaryRuleInput", { description: "When a canary is to end by itself." })
export class CanaryRuleInput {
  @Field(() => Int, { defaultValue: 200, description: "Each bound is looked at from so many rows on." })
  minRows!: number;

  @Field(() => Float, { nullable: true, description: "Of requests that both versions scored, 0 to 1." })
  minAgreement?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "Of the challenger's requests, those that the champion had to answer, 0 to 1.",
  })
  maxFallbackShare?: number | null;

  @Field(() => String, { nullable: true, description: `One of ${values.CANARY_METRICS.join(", ")}.` })
  metric?: string | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "How much worse the challenger's metric may be, in the metric's own unit; asked for with it.",
  })
  maxLoss?: number | null;
}

@InputType("StartCanaryInput", { description: "Which version is to answer which share of the keys." })
export class StartCanaryInput {
  @Field(() => String, { defaultValue: DEFAULT_MODEL })
  model!: string;

  @Field(() => Int, { description: "The challenger." })
  version!: number;

  @Field(() => Float, { description: "Of the keys: above 0 and below 1." })
  share!: number;

  @Field(() => CanaryRuleInput, {
    nullable: true,
    description: "Without one it runs until somebody ends it.",
  })
  stopRule?: CanaryRuleInput | null;
}
