import type { SelectionRule } from "../../values/selection-rule.js";
import { meanAndDeviation, type Spread } from "../evaluation/spread.js";
import { fitLearner, fitRowsOf, gather } from "../fit-rows.js";
import type { Report } from "../learner.js";
import { keyStarts, shareOfRows } from "../panel.js";
import type { Labels } from "../tasks/labels.js";
import { asFiles, SCHEMA_VERSION } from "../tasks/report-files.js";
import type { Task } from "../tasks/task.js";
import type { Team } from "../threads/team.js";
import { foldsFor } from "../time-folds.js";
import type { ReportFile, TrainingData, TrainOptions } from "../types.js";
import { type FeatureImportances, measures } from "./measures.js";
import { shuffledName, withFeatures, withRows, withShuffled } from "./tables.js";

/** Which features a model learns from, and why. */
export interface SelectedFeatures extends SelectionRule {
  /** How many of the training rows were looked at, on how many folds. */
  readonly rows: number;
  readonly folds: number;
  /** By fold the greatest importance of a shuffled copy; null where so many features were to be kept. */
  readonly shuffled: readonly number[] | null;
  /** The most important first. */
  readonly features: readonly JudgedFeature[];
}

interface JudgedFeature {
  readonly feature: string;
  /** Over the folds. */
  readonly importance: Spread;
  /** On how many folds it was above the shuffled copies; null where there are none. */
  readonly foldsAbove: number | null;
  readonly kept: boolean;
}

/** More rows say little more of which features matter. */
const MOST_ROWS = 25_000;

/**
 * Chooses features on training rows alone, by what they are worth to fits of the same learner on rows that these have not seen.
 * Without a number to keep, a feature stays that is worth more than every shuffled copy of a feature on each fold (Boruta, Kursa
 * and Rudnicki 2010; copies are shuffled anew on each fold), or the best one where there is none.
 */
export function bestFeatures(
  task: Task,
  data: TrainingData<Labels>,
  rows: Uint32Array,
  options: TrainOptions,
  report: Report,
  team: Team,
): { data: TrainingData<Labels>; selection: SelectedFeatures | null } {
  const { selectFeatures: asked } = options;
  if (!asked) return { data, selection: null };
  const selection = judgeFeatures(task, data, rows, { ...options, selectFeatures: asked }, report, team);
  const kept = selection.features.filter(({ kept }) => kept).map(({ feature }) => feature);
  return { data: withFeatures(data, kept), selection };
}

function judgeFeatures(
  task: Task,
  data: TrainingData<Labels>,
  trainRows: Uint32Array,
  options: TrainOptions & { selectFeatures: SelectionRule },
  report: Report,
  team: Team,
): SelectedFeatures {
  const { by, keep } = options.selectFeatures;
  const sample = withRows(task, data, shareOfRows(task, data, trainRows, MOST_ROWS / trainRows.length));
  const all = Uint32Array.from(sample.keys.keys());
  const labels = gather(task, sample.labels, all);
  const folds = foldsFor(task, sample, { rows: all, labels, starts: keyStarts(sample, all) }, options, null);
  const judged = folds.map(({ fit, validate }, fold): FeatureImportances => {
    const table = keep === undefined ? withShuffled(sample, options.seed, fold) : sample;
    const own = fitRowsOf(task, table, fit, options);
    const { model } = fitLearner(task, table, options, own, () => {}, team);
    const importances = measures[by]({ task, data: table, own, model, rows: validate, options, team });
    report({ phase: "selection", done: fold + 1, total: folds.length, unit: "folds" });
    return importances;
  });
  const names = data.features.map(({ name }) => name);
  const shuffled = keep === undefined ? judged.map((of) => greatest(of, names.map(shuffledName))) : null;
  const features = ranked(names, judged, shuffled);
  const isKept = ({ foldsAbove }: JudgedFeature, place: number) =>
    keep === undefined ? place === 0 || foldsAbove === folds.length : place < keep;
  return {
    ...{ by, ...(keep !== undefined && { keep }), rows: all.length, folds: folds.length, shuffled },
    features: features.map((feature, place) => ({ ...feature, kept: isKept(feature, place) })),
  };
}

const greatest = (of: FeatureImportances, names: readonly string[]): number =>
  Math.max(...names.map((name) => of.get(name)!));

/** The greatest mean first; of equal ones in the order of the features. */
function ranked(
  names: readonly string[],
  judged: readonly FeatureImportances[],
  shuffled: readonly number[] | null,
): JudgedFeature[] {
  const features = names.map((feature): JudgedFeature => {
    const values = judged.map((of) => of.get(feature)!);
    const foldsAbove = shuffled && values.filter((value, fold) => value > shuffled[fold]!).length;
    return { feature, importance: meanAndDeviation(values), foldsAbove, kept: false };
  });
  return features.sort((a, b) => b.importance.mean - a.importance.mean);
}

/** As an artifact of the run. */
export const selectionFile = (selection: SelectedFeatures): ReportFile[] =>
  asFiles({ "feature_selection.json": { schemaVersion: SCHEMA_VERSION, ...selection } });
