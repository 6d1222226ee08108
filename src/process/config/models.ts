import { z } from "zod";
import { DEFAULT_LIMITS, MEGABYTE, type ModelLimits } from "../../serving/isolated/limits.js";
import { numberFrom } from "./variable.js";

/** What models may take, and what is kept of their answers. */
export interface ModelsConfig {
  /** Null: what is answered is not kept. */
  predictionLog: PredictionLogConfig | null;
  /** What the process of a model made elsewhere may take. */
  externalModels: ModelLimits;
}

export interface PredictionLogConfig {
  /** Share of the predictions about now that are kept, 0..1. */
  sample: number;
  /** Most that one process keeps in a second. */
  perSecond: number;
  /** Whole UTC days they are kept for. */
  keepDays: number;
}

export const modelVariables = z
  .object({
    PREDICTION_LOG_SAMPLE: numberFrom(0, 1, 1, false),
    PREDICTION_LOG_PER_SECOND: numberFrom(1, 1_000_000, 500),
    PREDICTION_LOG_DAYS: numberFrom(1, 3_650, 30),
    EXTERNAL_MODEL_MEMORY_MB: numberFrom(32, 1_000_000, DEFAULT_LIMITS.memoryBytes / MEGABYTE),
    EXTERNAL_MODEL_TIMEOUT_MS: numberFrom(100, 600_000, DEFAULT_LIMITS.batchMs),
  })
  .transform(
    (env): ModelsConfig => ({
      predictionLog: {
        sample: env.PREDICTION_LOG_SAMPLE,
        perSecond: env.PREDICTION_LOG_PER_SECOND,
        keepDays: env.PREDICTION_LOG_DAYS,
      },
      externalModels: {
        memoryBytes: env.EXTERNAL_MODEL_MEMORY_MB * MEGABYTE,
        batchMs: env.EXTERNAL_MODEL_TIMEOUT_MS,
        loadMs: DEFAULT_LIMITS.loadMs,
      },
    }),
  );
