import type { Pool } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { diffSnapshots } from "../features/snapshot-diff.js";
import { applyRetention, type RetentionRequest } from "../features/snapshot-retention.js";
import { SnapshotStore } from "../features/snapshot-store.js";
import { ExclusiveQueue } from "../observability/exclusive-queue.js";
import type { SnapshotService } from "./services.js";

/** Snapshots as they are stored, how two of them differ, and how long they are kept. */
export class Snapshots extends SnapshotStore implements SnapshotService {
  readonly #comparisons = new ExclusiveQueue("comparisons of snapshots");

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
  ) {
    super(pool);
  }

  diff(from: string, to: string) {
    return this.#comparisons.run(() => diffSnapshots(this.pool, this, this.definitions, from, to));
  }

  applyRetention(request: RetentionRequest) {
    return applyRetention(this.pool, this.definitions.retention, request);
  }
}
