import type { Pool } from "../db/pool.js";
import { SnapshotStore } from "../features/snapshot-store.js";
import { ArtifactStore } from "../registry/artifact-store.js";
import { ModelStore } from "../registry/model-store.js";
import { RunStore } from "../registry/run-store.js";

/** The tables of runs, models, artifacts and snapshots, over the caller's connections. */
export interface Stores {
  runs: RunStore;
  models: ModelStore;
  artifacts: ArtifactStore;
  snapshots: SnapshotStore;
}

export const createStores = (pool: Pool): Stores => ({
  runs: new RunStore(pool),
  models: new ModelStore(pool),
  artifacts: new ArtifactStore(pool),
  snapshots: new SnapshotStore(pool),
});
