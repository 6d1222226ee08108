import type { Pool } from "../db/pool.js";
import { isOfOwnDate } from "../db/snapshots/snapshot-parts.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { SnapshotNotFoundError } from "../errors/errors.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import { SnapshotWithdrawnError } from "../errors/snapshot-withdrawn.js";
import { type FeatureProfile, findFeatureProfiles } from "../features/feature-profiles.js";
import { PartDifferences } from "../features/part-differences.js";
import { pinLabel } from "../features/pinned-columns.js";
import { diffSnapshots } from "../features/snapshot-diff.js";
import { applyRetention, type RetentionRequest } from "../features/snapshot-retention.js";
import { SnapshotStore } from "../features/snapshot-store.js";
import type { SnapshotContent } from "../features/types.js";
import { applyEventRetention, type EventRetentionRequest } from "../features/windows/event-retention.js";
import { lateEvents } from "../features/windows/late-events.js";
import { ExclusiveQueue } from "../observability/exclusive-queue.js";
import type { SnapshotService } from "./data-services.js";

/** Snapshots as they are stored, how two of them differ, and how long they are kept. */
export class Snapshots extends SnapshotStore implements SnapshotService {
  readonly #differences: PartDifferences;
  readonly #profiles = new ExclusiveQueue("profiles of snapshots");

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    /** What is computed once and stored: it is finished though the request that began it has ended. */
    private readonly background: Pool,
  ) {
    super(pool);
    const comparisons = new ExclusiveQueue("comparisons of snapshots");
    this.#differences = new PartDifferences(pool, background, (work) => comparisons.run(work));
  }

  diff(from: string, to: string) {
    return diffSnapshots(this.#differences, this, this.definitions, from, to);
  }

  async lateEvents(ids: readonly number[]): Promise<number[]> {
    const counts = await lateEvents(this.pool, this.definitions, ids);
    return ids.map((id) => counts.get(id)!);
  }

  async contents(ids: readonly number[]): Promise<SnapshotContent[]> {
    const found = await this.parts(ids);
    return ids.map((id) => {
      const parts = found.get(id)!;
      return {
        parts: [...parts.values()].map((part) => ({
          ...part,
          source: part.name,
          carriedOn: !isOfOwnDate(part),
        })),
        labelled: this.definitions.services
          .filter((service) => pinLabel(parts, service)?.pinned)
          .map(({ name }) => name),
      };
    });
  }

  async profile(view: string, asOf: string): Promise<FeatureProfile[] | null> {
    const snapshot = await this.find(asOf);
    if (!snapshot) throw new SnapshotNotFoundError(asOf);
    if (snapshot.state === "WITHDRAWN") throw new SnapshotWithdrawnError(asOf, snapshot.revision);
    const [found] = await this.#findProfiles([snapshot.id], view);
    if (found instanceof Error) throw found;
    return found ?? null;
  }

  async profiles(ids: readonly number[], view: string): Promise<(FeatureProfile[] | null | Error)[]> {
    const found = await this.#findProfiles(ids, view);
    return found.map((each) => (each instanceof SnapshotDroppedError ? null : each));
  }

  #findProfiles(ids: readonly number[], view: string) {
    const keys = ids.map((snapshotId) => ({ snapshotId, view }));
    return findFeatureProfiles(this.background, this, this.definitions, keys, (work) =>
      this.#profiles.run(work),
    );
  }

  applyRetention(request: RetentionRequest) {
    return applyRetention(this.pool, this.definitions.retention, request);
  }

  applyEventRetention(request: EventRetentionRequest) {
    return applyEventRetention(this.pool, this.definitions, request);
  }
}
