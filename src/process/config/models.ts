import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { readArchiveKey } from "../../registry/archive/seal.js";
import { DEFAULT_LIMITS, MEGABYTE, type ModelLimits } from "../../serving/isolated/limits.js";
import { numberFrom, textVariable, variable } from "./variable.js";

/** What models may take, and what is kept of their answers. */
export interface ModelsConfig {
  /** Null: what is answered is not kept. */
  predictionLog: PredictionLogConfig | null;
  /** What the process of a model made elsewhere may take. */
  externalModels: ModelLimits;
  /** Where training commands are given their files. */
  trainingDir: string;
  /** The private key that exported versions are signed with; null: they are not signed. */
  archiveKey: string | null;
  /** Public keys: where there are any, a version is imported only if one of them signed it. */
  importKeys: readonly string[];
}

export interface PredictionLogConfig {
  /** Share of the predictions about now that are kept, 0..1. */
  sample: number;
  /** Most that one process keeps in a second. */
  perSecond: number;
  /** Whole UTC days they are kept for. */
  keepDays: number;
  /** Most that all processes together keep in a second; null: any number. */
  allPerSecond?: number | null;
  /** Most bytes of the database; null: any number. */
  maxBytes?: number | null;
  /** A folder for all of the sample as Parquet; null: none. */
  files?: string | null;
}

const ED25519 = "must be an Ed25519 key in base64: what is between the lines of its PEM file";

function isKey(kind: "private" | "public"): (text: string) => boolean {
  return (text) => {
    try {
      readArchiveKey(text, kind);
      return true;
    } catch {
      return false;
    }
  };
}

export const modelVariables = z
  .object({
    PREDICTION_LOG_SAMPLE: numberFrom(0, 1, 1, false),
    PREDICTION_LOG_PER_SECOND: numberFrom(1, 1_000_000, 500),
    PREDICTION_LOG_DAYS: numberFrom(1, 3_650, 30),
    PREDICTION_LOG_BUDGET_PER_SECOND: numberFrom(1, 10_000_000, null),
    PREDICTION_LOG_BUDGET_MB: numberFrom(1, 100_000_000, null),
    PREDICTION_LOG_FILES: textVariable(null),
    EXTERNAL_MODEL_MEMORY_MB: numberFrom(32, 1_000_000, DEFAULT_LIMITS.memoryBytes / MEGABYTE),
    EXTERNAL_MODEL_TIMEOUT_MS: numberFrom(100, 600_000, DEFAULT_LIMITS.batchMs),
    TRAINING_DIR: textVariable(tmpdir()),
    ASOF_EXPORT_KEY: variable(z.string().refine(isKey("private"), ED25519), null),
    ASOF_IMPORT_KEYS: z.preprocess(
      (value) =>
        String(value ?? "")
          .split(",")
          .map((key) => key.trim())
          .filter((key) => key !== ""),
      z.array(z.string().refine(isKey("public"), ED25519)),
    ),
  })
  .transform(
    (env): ModelsConfig => ({
      predictionLog: {
        sample: env.PREDICTION_LOG_SAMPLE,
        perSecond: env.PREDICTION_LOG_PER_SECOND,
        keepDays: env.PREDICTION_LOG_DAYS,
        allPerSecond: env.PREDICTION_LOG_BUDGET_PER_SECOND,
        maxBytes: env.PREDICTION_LOG_BUDGET_MB && env.PREDICTION_LOG_BUDGET_MB * MEGABYTE,
        files: env.PREDICTION_LOG_FILES && resolve(env.PREDICTION_LOG_FILES),
      },
      externalModels: {
        memoryBytes: env.EXTERNAL_MODEL_MEMORY_MB * MEGABYTE,
        batchMs: env.EXTERNAL_MODEL_TIMEOUT_MS,
        loadMs: DEFAULT_LIMITS.loadMs,
      },
      trainingDir: resolve(env.TRAINING_DIR),
      archiveKey: env.ASOF_EXPORT_KEY,
      importKeys: env.ASOF_IMPORT_KEYS,
    }),
  );
