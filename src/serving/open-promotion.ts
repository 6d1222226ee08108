import type { Pool } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { Promotion } from "../registry/promotion.js";
import { RunStore } from "../registry/run-store.js";
import { heldOutEvidence } from "./held-out-evidence.js";
import type { ModelCache } from "./model-cache.js";

/** Promotion over these connections, whose gates and last check run the models themselves. */
export const openPromotion = (db: Pool, definitions: Deployment, cache: ModelCache): Promotion =>
  new Promotion(db, definitions, {
    heldOut: heldOutEvidence(db, definitions, new RunStore(db), cache),
    load: (version) => cache.reload(version),
  });
