import type { Pool } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { BadUserInputError } from "../errors/errors.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import { canaryReport } from "../monitoring/canary-report.js";
import type { ExclusiveQueue } from "../observability/exclusive-queue.js";
import {
  type Canaries,
  type Canary,
  canariesOf,
  holdCanary,
  type NewCanary,
  noneRuns,
  runningCanaries,
} from "../registry/canaries.js";
import type { Promotion } from "../registry/promotion.js";
import type { ModelCache } from "../serving/model-cache.js";
import { hasBound } from "../values/canary.js";
import type { CanaryService } from "./model-services.js";

interface CanaryParts {
  definitions: Deployment;
  snapshots: SnapshotStore;
  canaries: Canaries;
  promotion: Pick<Promotion, "promote">;
  cache: Pick<ModelCache, "refresh">;
  queue: ExclusiveQueue;
  /** Whether the prediction log gets anything. */
  isLogged: boolean;
}

/** Whoever starts or ends one sees it from their next request on; other processes are notified. */
export class CanaryServices implements CanaryService {
  constructor(
    private readonly pool: Pool,
    private readonly parts: CanaryParts,
  ) {}

  async start(asked: NewCanary, actor: string): Promise<Canary> {
    const { canaries, cache, isLogged } = this.parts;
    if (!isLogged && hasBound(asked.stopRule))
      throw new BadUserInputError(
        "stopRule: no predictions are logged (PREDICTION_LOG_SAMPLE is 0), so it would never stop anything; log a sample, or leave it out",
        { argument: "input.stopRule" },
      );
    return canaries.start(asked, actor).finally(() => cache.refresh(asked.model));
  }

  async end(
    model: string,
    { promote, reason }: { promote: boolean; reason: string },
    actor: string,
  ): Promise<Canary> {
    const { canaries, promotion, cache } = this.parts;
    try {
      if (!promote) return await canaries.end(model, reason, actor);
      const [running] = await runningCanaries(this.pool, [model]);
      if (!running) throw noneRuns(model);
      // What comes to Production ends the canary, in the same transaction.
      const { version } = running;
      const asked = { model, version, stage: "PRODUCTION" as const, reason, force: false, actor };
      await promotion.promote(asked, (tx) => holdCanary(tx, running));
      const ended = await canariesOf(this.pool, model, 10);
      return ended.find(({ id }) => id === running.id)!;
    } finally {
      await cache.refresh(model);
    }
  }

  list(model: string, first: number): Promise<Canary[]> {
    return canariesOf(this.pool, model, first);
  }

  report(canary: Canary) {
    const { definitions, snapshots, queue } = this.parts;
    return queue.run(() => canaryReport(this.pool, definitions, snapshots, canary));
  }
}
