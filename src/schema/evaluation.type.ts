import { Field, Float, Int, ObjectType } from "type-graphql";
import type {
  EvaluationPoint,
  FeatureImportance,
  HistogramCount,
  ModelEvaluation,
  ThresholdCounts,
} from "../training/tasks/model-evaluation.js";

@ObjectType("CurvePoint", {
  simpleResolvers: true,
  description: "One point of a curve on the held-out rows.",
})
export class EvaluationPointType implements EvaluationPoint {
  @Field(() => Float)
  x!: number;

  @Field(() => Float)
  y!: number;

  @Field(() => Float, {
    nullable: true,
    description: "From which probability on rows are called positive; null where the point has none.",
  })
  threshold!: number | null;

  @Field(() => Int, { nullable: true, description: "The rows that the point was measured on." })
  count!: number | null;
}

@ObjectType("ThresholdRow", {
  simpleResolvers: true,
  description:
    "What becomes of the held-out rows where those with at least this probability are called positive.",
})
export class ThresholdRowType implements ThresholdCounts {
  @Field(() => Float)
  threshold!: number;

  @Field(() => Int)
  truePositives!: number;

  @Field(() => Int)
  falsePositives!: number;

  @Field(() => Int)
  trueNegatives!: number;

  @Field(() => Int)
  falseNegatives!: number;
}

@ObjectType("Importance", { simpleResolvers: true, description: "How much a model owes to one feature." })
export class FeatureImportanceType implements FeatureImportance {
  @Field(() => String)
  feature!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "By how much the AUC falls where the feature's values are dealt out at random; null where that was not measured.",
  })
  permutation!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "Its share of the gain of all splits, 0 to 1; null of models without splits.",
  })
  gain!: number | null;
}

@ObjectType("HistogramBin", { simpleResolvers: true, description: "Rows whose value lies in [from, to)." })
export class HistogramBinType implements HistogramCount {
  @Field(() => Float)
  from!: number;

  @Field(() => Float)
  to!: number;

  @Field(() => Int)
  count!: number;
}

@ObjectType("Evaluation", {
  simpleResolvers: true,
  description:
    "How a version did on its held-out rows, as charts need it. It was measured once, when the version was trained or registered.",
})
export class EvaluationType implements ModelEvaluation {
  @Field(() => Int, { description: "The held-out rows." })
  rows!: number;

  @Field(() => [EvaluationPointType], {
    nullable: true,
    description:
      "x: false positive rate, y: true positive rate; count: rows called positive. At most 200 points, from (0, 0) to (1, 1).",
  })
  roc!: EvaluationPoint[] | null;

  @Field(() => [EvaluationPointType], {
    nullable: true,
    description:
      "x: recall, y: precision; count: rows called positive. At most 200 points, by growing recall.",
  })
  precisionRecall!: EvaluationPoint[] | null;

  @Field(() => [EvaluationPointType], {
    nullable: true,
    description:
      "x: mean probability, y: share of positive rows; ten bins of equal width, those without rows left out.",
  })
  calibration!: EvaluationPoint[] | null;

  @Field(() => [EvaluationPointType], {
    nullable: true,
    description:
      "x: share of the rows, the likeliest first; y: how many times more positives are among them than among all rows. Ten points.",
  })
  lift!: EvaluationPoint[] | null;

  @Field(() => [ThresholdRowType], {
    nullable: true,
    description: "At most 101, by growing threshold; the version's own is among them.",
  })
  thresholds!: ThresholdCounts[] | null;

  @Field(() => [FeatureImportanceType], {
    description: "The most important first. Empty for models that were made elsewhere.",
  })
  importances!: FeatureImportance[];

  @Field(() => [HistogramBinType], { nullable: true, description: "Null for binary models." })
  residuals!: HistogramCount[] | null;

  @Field(() => [[Int]], {
    nullable: true,
    description:
      "By class, what is true down and what was answered across; null for binary models: see `thresholds`.",
  })
  confusion!: number[][] | null;

  @Field(() => [String], { nullable: true, description: "The classes; null for binary models." })
  classes!: string[] | null;
}
