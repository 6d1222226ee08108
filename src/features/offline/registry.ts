import { Registry } from "../../values/registry.js";
import { duckDbOffline } from "./duckdb/duckdb.js";
import type { OfflineEngine } from "./offline-engine.js";
import { postgresOffline } from "./postgres/postgres.js";
import { sparkOffline } from "./spark/spark.js";

export const builtInOfflineEngines = [
  postgresOffline,
  duckDbOffline,
  sparkOffline,
] as const satisfies readonly OfflineEngine[];

export const offlineEngines = new Registry<OfflineEngine>("offline engine", builtInOfflineEngines);

/** What reads snapshots: the registry's first. */
export function offlineEngine(): OfflineEngine {
  for (const engine of offlineEngines) return engine;
  throw new Error("there is no offline engine: give createAsof at least one");
}

/** What joins files: the engine of this name, or what reads snapshots. @throws {UnknownNameError} there is none of the name */
export const joiningEngine = (name: string | null): OfflineEngine =>
  name === null ? offlineEngine() : offlineEngines.get(name);
