import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { BadUserInputError, ModelNotFoundError, SnapshotNotFoundError } from "../../errors/errors.js";
import { requireUsable } from "../../features/snapshot-rows.js";
import type { SnapshotStore } from "../../features/snapshot-store.js";
import { DRIFT_LIMITS } from "../../monitoring/drift-report.js";
import type { DriftParams } from "./drift.job.js";

export interface DriftRequest {
  from: string;
  to?: string | null;
  served?: { version?: number | null; since?: Date | null; until?: Date | null } | null;
  model: string;
  alpha?: number | null;
  minPsi?: number | null;
}

/**
 * What is compared, pinned: later revisions and predictions change nothing.
 * @throws {ModelNotFoundError} no feature service of that name
 * @throws {BadUserInputError} not exactly one of `to` and `served`; a limit out of range
 * @throws {SnapshotNotFoundError} no snapshot of one of the dates
 * @throws {SnapshotDroppedError} retention dropped its rows
 */
export async function pinDrift(
  request: DriftRequest,
  snapshots: SnapshotStore,
  definitions: Deployment,
): Promise<DriftParams> {
  const { from, to, served, model } = request;
  const service = findService(definitions, model);
  if (!service) throw new ModelNotFoundError(model);
  if (!to === !served) {
    throw new BadUserInputError(
      "exactly one of `to`, a date, and `served`, an object, is compared with `from`",
    );
  }
  const limits = {
    alpha: request.alpha ?? service.driftPolicy?.alpha ?? DRIFT_LIMITS.alpha,
    minPsi: request.minPsi ?? service.driftPolicy?.minPsi ?? DRIFT_LIMITS.minPsi,
  };
  requireLimit("alpha", limits.alpha, 1);
  requireLimit("minPsi", limits.minPsi, 100);
  const before = await pin(snapshots, from);
  if (to) return { model, before, after: await pin(snapshots, to), limits, retrainAsOf: to };
  const newest = await snapshots.newest();
  const until = served!.until ?? new Date();
  const after = {
    kind: "served" as const,
    model,
    version: served!.version ?? null,
    since: served!.since?.toISOString() ?? null,
    until: until.toISOString(),
  };
  return { model, before, after, limits, retrainAsOf: newest?.asOf ?? null };
}

async function pin(snapshots: SnapshotStore, asOf: string): Promise<DriftParams["before"]> {
  const snapshot = await snapshots.find(asOf);
  if (!snapshot) throw new SnapshotNotFoundError(asOf);
  requireUsable(snapshot);
  return { kind: "snapshot", id: snapshot.id, asOf: snapshot.asOf };
}

function requireLimit(name: string, value: number, max: number): void {
  if (value >= 0 && value <= max) return;
  throw new BadUserInputError(`input.${name}: ${value} is out of range; take a value from 0 to ${max}`, {
    argument: `input.${name}`,
  });
}
