/** Every table of asof's own and of one deployment, as drizzle-kit reads them. */
import type { Deployment } from "../../definitions/language/deployment.js";
import * as alerts from "./alerts.js";
import * as apiTokens from "./api-tokens.js";
import * as auditLog from "./audit-log.js";
import * as canaries from "./canaries.js";
import * as deliveries from "./deliveries.js";
import * as deployment from "./deployment.js";
import { derivedTables } from "./derived.js";
import * as erasures from "./erasures.js";
import * as events from "./events.js";
import * as experiments from "./experiments.js";
import * as lake from "./lake.js";
import * as lineage from "./lineage.js";
import * as loggedModels from "./logged-models.js";
import * as models from "./models.js";
import * as predictionLog from "./prediction-log.js";
import * as quarantine from "./quarantine.js";
import * as rateLimits from "./rate-limits.js";
import * as registryChanges from "./registry-changes.js";
import * as runs from "./runs.js";
import * as schedules from "./schedules.js";
import * as snapshots from "./snapshots.js";

/** Those that are there whatever is deployed: drizzle/core. */
export const coreTables = {
  ...experiments,
  ...runs,
  ...snapshots,
  ...models,
  ...canaries,
  ...loggedModels,
  ...registryChanges,
  ...quarantine,
  ...predictionLog,
  ...apiTokens,
  ...rateLimits,
  ...deliveries,
  ...events,
  ...lake,
  ...lineage,
  ...alerts,
  ...deployment,
  ...erasures,
  ...schedules,
  ...auditLog,
};

export function allTables(definitions: Deployment) {
  return { ...coreTables, ...derivedTables(definitions) };
}
