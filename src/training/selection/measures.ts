import { BadUserInputError } from "../../errors/errors.js";
import type { SelectionMethod } from "../../values/selection-rule.js";
import { encodeInputs } from "../encoding/encode-inputs.js";
import { summaryOfRows } from "../explain/summary.js";
import { type FitRows, gather, gatherWeights } from "../fit-rows.js";
import type { Model } from "../learner.js";
import { learners } from "../learners/registry.js";
import { onnxMetadata } from "../onnx/metadata.js";
import { permutationImportance } from "../tasks/importance/permutation-importance.js";
import type { Labels } from "../tasks/labels.js";
import type { Task } from "../tasks/task.js";
import type { Team } from "../threads/team.js";
import type { TrainingData, TrainOptions } from "../types.js";

/** By feature; more is more important. */
export type FeatureImportances = ReadonlyMap<string, number>;

/** A fit, and rows of its table that it has not seen. */
interface JudgedFit {
  task: Task;
  data: TrainingData<Labels>;
  own: FitRows;
  model: Model;
  rows: Uint32Array;
  options: TrainOptions;
  team: Team;
}

/** What each feature is worth to the fit. */
export const measures: Readonly<Record<SelectionMethod, (judged: JudgedFit) => FeatureImportances>> = {
  /** By the metric that versions are compared by. */
  permutation({ task, data, own, model, rows, options: { algorithm, seed }, team }) {
    const { features } = permutationImportance(
      task.importance,
      {
        matrix: own.table.gather(rows),
        labels: gather(task, data.labels, rows),
        labelArray: task.labelArray,
        weights: gatherWeights(data, rows),
      },
      { learner: algorithm, scoring: model.scoring },
      seed,
      team,
    );
    return new Map(features.map((each) => [each.feature, each[task.notWorse.metric]!.mean]));
  },
  shap({ data, own: { table, matrix }, model, rows, options }) {
    const learnt = model.toOnnx(onnxMetadata(data, table, matrix, options, null, null));
    const onnx = encodeInputs(learnt, data.features, table.codings);
    const explainer = learners.get(options.algorithm).explainer?.(onnx)?.ofRows;
    const summary = explainer && summaryOfRows(explainer, table.gather(rows));
    if (!summary)
      throw new BadUserInputError(
        `selectFeatures: answers of ${options.algorithm} cannot be taken apart by SHAP; take PERMUTATION`,
        { argument: "selectFeatures" },
      );
    return new Map(summary.features.map(({ feature, value }) => [feature, value]));
  },
};
