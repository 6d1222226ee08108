import { createRequire } from "node:module";
import { duckDbOffline } from "../../src/features/offline/duckdb/duckdb.js";
import { DUCKDB_PACKAGE } from "../../src/features/offline/duckdb/duckdb-package.js";
import type { OfflineEngine } from "../../src/features/offline/offline-engine.js";
import { sparkOffline } from "../../src/features/offline/spark/spark.js";

/** Whether the package is there; without it the tests of DuckDB are skipped, and say so. */
export const hasDuckDb = ((): boolean => {
  try {
    createRequire(import.meta.url).resolve(DUCKDB_PACKAGE);
    return true;
  } catch {
    process.stderr.write(`the tests of DuckDB are skipped: npm install ${DUCKDB_PACKAGE}\n`);
    return false;
  }
})();

/** Set by `npm run test:engines`, which installs Spark. */
export const sparkSubmit = process.env.SPARK_SUBMIT ?? null;

/** What engines are set up with, but for the lake. */
export const engineSettings = {
  memory: "1GB",
  sparkSubmit: sparkSubmit ?? "spark-submit",
  sparkMaster: "local[2]",
};

/** Engines over the lake that can be run here. */
export const installedEngines = (): OfflineEngine[] => [
  ...(hasDuckDb ? [duckDbOffline] : []),
  ...(sparkSubmit === null ? [] : [sparkOffline]),
];
