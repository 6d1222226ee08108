import { Registry } from "../../values/registry.js";
import type { OfflineEngine } from "./offline-engine.js";
import { postgresOffline } from "./postgres/postgres.js";

export const builtInOfflineEngines = [postgresOffline] as const satisfies readonly OfflineEngine[];

export const offlineEngines = new Registry<OfflineEngine>("offline engine", builtInOfflineEngines);

/** What reads snapshots: the registry's first. */
export function offlineEngine(): OfflineEngine {
  for (const engine of offlineEngines) return engine;
  throw new Error("there is no offline engine: give createAsof at least one");
}
