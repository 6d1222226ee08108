import { z } from "zod";
import { storeUrlProblem } from "../../storage/open-store.js";
import { textVariable, variable } from "./variable.js";

/** What reads snapshots by the set. */
export interface OfflineConfig {
  /** What joins files unless the run says; null: what reads everything else, PostgreSQL. */
  offlineEngine: string | null;
  /** Where snapshots are kept as Parquet, too; null: nowhere. */
  lakeUrl: string | null;
  /** What one join of an engine over the lake may hold in memory. */
  offlineMemory: string;
  sparkSubmit: string;
  sparkMaster: string;
}

const lakeUrl = z.string().superRefine((url, { addIssue }) => {
  const problem = storeUrlProblem(url);
  if (problem !== null) addIssue(problem);
});

export const offlineVariables = z
  .object({
    // Which engines there are is known when the deployment module is loaded: it is looked up when a run begins.
    OFFLINE_ENGINE: textVariable(null),
    LAKE_URL: variable(lakeUrl, null),
    OFFLINE_MEMORY: variable(z.string().regex(/^[1-9]\d{0,5}(MB|GB)$/, "must be as 512MB or 4GB"), "1GB"),
    SPARK_SUBMIT: textVariable("spark-submit"),
    SPARK_MASTER: textVariable("local[*]"),
  })
  .transform(
    (env): OfflineConfig => ({
      offlineEngine: env.OFFLINE_ENGINE,
      lakeUrl: env.LAKE_URL,
      offlineMemory: env.OFFLINE_MEMORY,
      sparkSubmit: env.SPARK_SUBMIT,
      sparkMaster: env.SPARK_MASTER,
    }),
  );
