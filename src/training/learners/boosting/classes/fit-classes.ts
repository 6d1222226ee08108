import { crossValidate, stopwatch } from "../../../cross-validation.js";
import type { Fitted, Model, Report } from "../../../learner.js";
import type { Matrix } from "../../../matrix.js";
import { classesBoostingToOnnx } from "../../../onnx/classes-model.js";
import type { SampleWeights } from "../../../sample-weights.js";
import { classesImportance } from "../../../scoring/model-importance.js";
import { answersOf, type ClassesScoring } from "../../../scoring/scoring.js";
import type { Fold } from "../../../tasks/fold.js";
import { classRowWeights } from "../../../tasks/multiclass/class-weight.js";
import { SOLO, type Team } from "../../../threads/team.js";
import type { BinnedMatrix } from "../binned.js";
import { binMatrix } from "../bins.js";
import { everything } from "../fit-boosting.js";
import type { BoostingParams } from "../params.js";
import { stopMetric } from "../stop-metric.js";
import type { Ensemble } from "../tree.js";
import { ClassBooster, type ClassesTarget } from "./class-booster.js";

/**
 * Histogram gradient boosting of several classes on the log-loss of their softmax, a tree a class in each round. The folds
 * choose the number of rounds, then all rows are fitted. Bin edges are shared by the folds: they look at no label.
 */
export function fitClasses(
  matrix: Matrix,
  labels: Uint8Array,
  classes: readonly string[],
  folds: Fold[],
  params: BoostingParams,
  report: Report,
  team: Team = SOLO,
  own: SampleWeights = null,
): Fitted<ClassesScoring> {
  const binned = binMatrix(matrix, params.max_bins, true, team);
  const weights = classRowWeights(params.class_weight, labels, classes, own);
  const target = { labels, weights, classes: classes.length };
  const booster = (fold: Fold) => newBooster({ binned, params, team }, target, fold);
  const fits = folds.map((fold) => booster(fold).booster);
  const options = {
    maxSteps: params.trees,
    patience: params.early_stopping_rounds,
    unit: "trees",
    stop: stopMetric("MULTICLASS", params.stop_metric),
    weights: own,
  } as const;
  const { bestStep, curve, outOfFold } = crossValidate(folds, fits, labels, options, report);
  for (const fit of fits) fit.end();
  const ensembles = fitRounds(booster(everything(matrix)), bestStep, report);
  return { model: classesModel(matrix, classes, ensembles), outOfFold, curve };
}

/** Exactly `trees` rounds on all rows, nothing judged. */
export function refitClasses(
  matrix: Matrix,
  labels: Uint8Array,
  classes: readonly string[],
  params: BoostingParams,
  report: Report,
  team: Team = SOLO,
): Model<ClassesScoring> {
  const binned = binMatrix(matrix, params.max_bins, true, team);
  const weights = classRowWeights(params.class_weight, labels, classes, null);
  const target = { labels, weights, classes: classes.length };
  const started = newBooster({ binned, params, team }, target, everything(matrix));
  return classesModel(matrix, classes, fitRounds(started, params.trees, report));
}

interface Table {
  binned: BinnedMatrix;
  params: BoostingParams;
  team: Team;
}

interface StartedBooster {
  booster: ClassBooster;
  baseScores: Float64Array;
}

/** Scores start at the logarithms of the classes' shares among the rows fitted on. */
function newBooster(
  { binned, params, team }: Table,
  { labels, weights, classes }: Pick<ClassesTarget, "labels" | "weights"> & { classes: number },
  fold: Fold,
): StartedBooster {
  const sums = new Float64Array(classes);
  for (const row of fold.fit) sums[labels[row]!]! += weights ? weights[row]! : 1;
  const total = sums.reduce((sum, each) => sum + each, 0);
  // A row's mean weight, by which half a row counts.
  const least = (LEAST_ROWS * total) / fold.fit.length;
  const baseScores = sums.map((sum) => Math.fround(Math.log(Math.max(sum, least) / total)));
  const target: ClassesTarget = { labels, baseScores, weights };
  const own = fold.matrix ? binMatrix(fold.matrix, params.max_bins, true, team) : binned;
  return { booster: new ClassBooster(own, fold, params, target, team), baseScores };
}

/** What a class without rows counts as having: folds of few rows may lack one. */
const LEAST_ROWS = 0.5;

function fitRounds({ booster, baseScores }: StartedBooster, rounds: number, report: Report): Ensemble[] {
  const progress = stopwatch(report, "refit", rounds, "trees");
  const ensembles = Array.from(baseScores, (baseScore): Ensemble => ({ baseScore, trees: [] }));
  for (let round = 1; round <= rounds; round++) {
    for (const [k, tree] of booster.nextRound().entries()) ensembles[k]!.trees.push(tree);
    progress(round);
  }
  booster.end();
  return ensembles;
}

function classesModel(
  { columns }: Matrix,
  classes: readonly string[],
  ensembles: Ensemble[],
): Model<ClassesScoring> {
  const each = ensembles.map((ensemble) => ({ ...ensemble, linear: null, link: "identity" as const }));
  const scoring: ClassesScoring = { each, softmax: true };
  return {
    predict: (matrix) => answersOf(scoring, matrix),
    toOnnx: (metadata) => classesBoostingToOnnx(columns, classes, ensembles, metadata),
    importances: (background) => classesImportance(scoring, columns, background),
    metrics: {
      trees: ensembles.reduce((sum, { trees }) => sum + trees.length, 0),
      rounds: ensembles[0]!.trees.length,
    },
    scoring,
  };
}
