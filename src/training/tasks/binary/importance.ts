import type { SampleWeights } from "../../sample-weights.js";
import { importanceKind } from "../importance/importance-part.js";
import { areaUnderRoc, logLoss } from "./metrics.js";

/** By the fall of the AUC and the rise of the log-loss. */
export const binaryImportance = importanceKind("importance", {
  auc: (labels: Uint8Array, answers: Float64Array, weights: SampleWeights) =>
    -areaUnderRoc(labels, answers, weights),
  log_loss: logLoss,
});
