import { Field, Float, InputType, Int, registerEnumType } from "type-graphql";
import type { TuneRequest, Undeclared as UndeclaredName } from "../jobs/job-service.js";
import type { TunedMetric } from "../jobs/tune/tune.job.js";
import { Algorithm, DEFAULT_ALGORITHM } from "./algorithm.enum.js";
import { DateScalar } from "./date.scalar.js";
import { DEFAULT_MODEL } from "./default-model.js";
import { JsonScalar } from "./json.scalar.js";
import { Undeclared } from "./train.input.js";

export const TuneMetric = {
  AUC: "auc",
  AVERAGE_PRECISION: "average_precision",
  LOG_LOSS: "log_loss",
  BRIER: "brier",
} as const satisfies Record<string, TunedMetric>;
registerEnumType(TuneMetric, { name: "TuneMetric", description: "Judged out of fold, on training rows." });

@InputType("TuneInput")
export class TuneInput implements TuneRequest {
  @Field(() => DateScalar, { description: "The snapshot the features come from." })
  asOf!: string;

  @Field(() => DateScalar, { nullable: true, description: "The snapshot the labels come from." })
  labelAsOf?: string | null;

  @Field(() => String, { defaultValue: DEFAULT_MODEL })
  model!: string;

  @Field(() => Algorithm, { defaultValue: DEFAULT_ALGORITHM })
  algorithm!: TuneRequest["algorithm"];

  @Field(() => Int, { defaultValue: 42, description: "Of the split, as in train." })
  seed!: number;

  @Field(() => Float, { defaultValue: 0.25 })
  testFraction!: number;

  @Field(() => Int, { defaultValue: 20, description: "At most, 1 to 200." })
  trials!: number;

  @Field(() => Float, {
    defaultValue: 600,
    description: "The trial that is under way when they are over is ended and does not count.",
  })
  timeBudgetSeconds!: number;

  @Field(() => Int, { defaultValue: 1, description: "Of the search: the same seed draws the same trials." })
  searchSeed!: number;

  @Field(() => TuneMetric, { defaultValue: TuneMetric.AUC })
  metric!: TunedMetric;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'Over the algorithm\'s own space, by parameter: a value, {"choices": […]}, {"min", "max", "log"}, or null to leave it at its default.',
  })
  space?: unknown;

  @Field(() => Undeclared, { defaultValue: Undeclared.REFUSE })
  undeclared!: UndeclaredName;
}
