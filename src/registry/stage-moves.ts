import type { Client, Queryable } from "../db/pool.js";
import { ConflictError, ModelNotFoundError } from "../errors/errors.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import type { GateResult, ModelVersion, PromoteRequest } from "./model.js";
import { ModelStore } from "./model-store.js";

/**
 * One move of a model at a time: whoever comes second is told so rather than judged against a stale Production, or waits
 * where that is asked. Not the model's row, which a training run locks to number its version and a starting process
 * to describe it.
 */
export async function lockModel(tx: Client, model: string, { wait = false } = {}): Promise<ModelStore> {
  const store = new ModelStore(tx);
  if (!(await store.findModel(model))) throw new ModelNotFoundError(model);
  const lock = "hashtextextended('asof_promotion ' || $1, 0)";
  if (wait) {
    await tx.query(`select pg_advisory_xact_lock(${lock})`, [model]);
    return store;
  }
  const { rows } = await tx.query<{ locked: boolean }>(
    `select pg_try_advisory_xact_lock(${lock}) as locked`,
    [model],
  );
  if (rows[0]!.locked) return store;
  throw new ConflictError(
    `another promotion of ${JSON.stringify(model)} is under way; look at its outcome first`,
  );
}

export type Move = Pick<PromoteRequest, "stage" | "actor"> & {
  reason: string | null;
  gates: GateResult[];
  forced: boolean;
};

/** The former holder of a serving stage is archived first: the database allows one. */
export async function move(store: ModelStore, candidate: ModelVersion, move: Move): Promise<ModelVersion> {
  const { stage, actor, reason, gates, forced } = move;
  const { model, version } = candidate;
  const at = await store.lockHistory();
  const holder = stage === "PRODUCTION" || stage === "STAGING" ? await store.inStage(model, stage) : null;
  if (holder) {
    await store.setStage(holder.id, "ARCHIVED");
    await store.appendTransition({
      model,
      version: holder.version,
      from: holder.stage,
      to: "ARCHIVED",
      actor,
      reason: `replaced by version ${version}`,
      gates: [],
      forced: false,
      at,
    });
  }
  await store.setStage(candidate.id, stage);
  await store.appendTransition({
    model,
    version,
    from: candidate.stage,
    to: stage,
    actor,
    reason,
    gates,
    forced,
    at,
  });
  return { ...candidate, stage };
}

/** The newest entry into Production by another version, before the present holder's own newest entry. */
export async function holderBefore(
  tx: Client,
  store: ModelStore,
  production: ModelVersion,
): Promise<ModelVersion | null> {
  const { rows } = await tx.query<{ version: number }>(
    `select version from stage_transitions
     where model = $1 and to_stage = 'PRODUCTION' and version <> $2
       and id < (select max(id) from stage_transitions where model = $1 and to_stage = 'PRODUCTION' and version = $2)
     order by id desc limit 1`,
    [production.model, production.version],
  );
  return rows[0] ? store.findVersion(production.model, rows[0].version) : null;
}

/** @throws {SnapshotDroppedError} retention dropped what it was trained from: it can be neither judged nor made again */
export async function requireTrainedRows(
  db: Queryable,
  { snapshotId, labelSnapshotId }: ModelVersion,
): Promise<void> {
  const { rows } = await db.query<{ asOf: string; revision: number }>(
    `select as_of as "asOf", revision from snapshots s join snapshot_drops d on d.snapshot_id = s.id
     where s.id = any($1) order by as_of, revision limit 1`,
    [[snapshotId, labelSnapshotId]],
  );
  if (rows[0]) throw new SnapshotDroppedError(rows[0].asOf, rows[0].revision);
}
