import { Field, Float, Int, ObjectType } from "type-graphql";
import type {
  ClassEvaluation,
  DecisionSummary,
  EvaluationPoint,
  FeatureImportance,
  HistogramCount,
  ModelEvaluation,
  ThresholdCounts,
} from "../training/tasks/model-evaluation.js";
import { JsonScalar } from "./json.scalar.js";

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

@ObjectType("DecisionSummary", {
  simpleResolvers: true,
  description:
    "How a threshold was chosen, and what it makes of the training rows that the model was not fitted on.",
})
export class DecisionSummaryType implements DecisionSummary {
  @Field(() => String, { description: "f1, cost, precision, recall or given." })
  kind!: string;

  @Field(() => JsonScalar, { description: "What it takes, by name: a target, costs, a threshold." })
  settings!: DecisionSummary["settings"];

  @Field(() => Int, { description: "The rows that it was chosen on." })
  rows!: number;

  @Field(() => Float, { description: "Of these rows, those called positive that are." })
  precision!: number;

  @Field(() => Float, { description: "Of these rows, the positive ones that are called so." })
  recall!: number;

  @Field(() => Float, { description: "On these rows." })
  f1!: number;

  @Field(() => String, {
    description: "How probabilities were to be put right: none, platt, isotonic or auto.",
  })
  calibrationAsked!: string;

  @Field(() => String, { description: "What is in the model: none, platt or isotonic." })
  calibration!: string;
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

  @Field(() => Float, {
    nullable: true,
    description:
      "Mean size of what it adds to the margin, over held-out rows (mean |SHAP|); of several classes the mean over them. Null where answers cannot be explained.",
  })
  shap!: number | null;

  @Field(() => [Float], {
    nullable: true,
    description: "Of several classes each one's, in the order of `classes`; null for other tasks.",
  })
  shapByClass!: number[] | null;
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

@ObjectType("ClassEvaluation", {
  simpleResolvers: true,
  description: "How a version of several classes did on one of them, against the rest.",
})
export class ClassEvaluationType implements ClassEvaluation {
  @Field(() => String, { description: "Its name." })
  class!: string;

  @Field(() => Int, { description: "Held-out rows that are of it." })
  rows!: number;

  @Field(() => Int, { description: "Held-out rows that were taken for it." })
  called!: number;

  @Field(() => Float, { description: "Share of the rows that were taken for it that are of it." })
  precision!: number;

  @Field(() => Float, { description: "Share of its rows that were taken for it." })
  recall!: number;

  @Field(() => Float, { description: "Harmonic mean of precision and recall." })
  f1!: number;

  @Field(() => Float, {
    nullable: true,
    description: "Area under its ROC curve against the rest; null where all rows are of it, or none.",
  })
  auc!: number | null;
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
    description: "The same of the probabilities before calibration; null where they were not put right.",
  })
  uncalibrated!: EvaluationPoint[] | null;

  @Field(() => DecisionSummaryType, {
    nullable: true,
    description:
      "How the version's threshold was chosen; null of versions that asof did not train, or before it said so.",
  })
  decision!: DecisionSummary | null;

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
    description:
      "The most important first. Of models that were made elsewhere by `shap` alone; empty where they cannot be explained.",
  })
  importances!: FeatureImportance[];

  @Field(() => [HistogramBinType], {
    nullable: true,
    description:
      "Of regression: labels less answers, in bins of one width but for the outermost, which reach to the least and the greatest. Null for other tasks.",
  })
  residuals!: HistogramCount[] | null;

  @Field(() => [[Int]], {
    nullable: true,
    description:
      "Of several classes: rows by their class down, and by the class that was answered across; null for other tasks.",
  })
  confusion!: number[][] | null;

  @Field(() => [String], { nullable: true, description: "The classes; null for other tasks." })
  classes!: string[] | null;

  @Field(() => [ClassEvaluationType], {
    nullable: true,
    description: "By class, in the order of `classes`; null for other tasks.",
  })
  perClass!: ClassEvaluation[] | null;
}
