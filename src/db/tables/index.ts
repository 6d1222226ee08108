/** Every table of one deployment, as drizzle-kit reads them. */
import type { Deployment } from "../../definitions/language/deployment.js";
import * as apiTokens from "./api-tokens.js";
import { derivedTables } from "./derived.js";
import * as models from "./models.js";
import * as predictionLog from "./prediction-log.js";
import * as quarantine from "./quarantine.js";
import * as runs from "./runs.js";
import * as snapshots from "./snapshots.js";

export function allTables(deployment: Deployment) {
  return {
    ...runs,
    ...snapshots,
    ...models,
    ...quarantine,
    ...predictionLog,
    ...apiTokens,
    ...derivedTables(deployment),
  };
}
