import type { Client, Queryable } from "../db/pool.js";
import { ConflictError, ModelNotFoundError } from "../errors/errors.js";
import { SERVES } from "./change.js";
import type { GateResult, ModelVersion, PromoteRequest } from "./model.js";
import { ModelStore } from "./model-store.js";

/**
 * The model's lock, to the end of the transaction: stages, aliases and deletions of one model change one after another,
 * so that two at once end as one after the other would. Held for a decision, never while something is assessed. Not the
 * model's row, which a training run locks to number its version and a starting process to describe it.
 */
export async function lockModel(tx: Client, model: string): Promise<ModelStore> {
  const store = new ModelStore(tx);
  if (!(await store.findModel(model))) throw new ModelNotFoundError(model);
  await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_promotion ' || $1, 0))", [model]);
  return store;
}

/** @throws {ModelNotFoundError} no such model or version */
export async function requireVersion(
  store: ModelStore,
  model: string,
  version: number,
): Promise<ModelVersion> {
  const found = await store.findVersion(model, version);
  if (found) return found;
  throw new ModelNotFoundError(model, (await store.findModel(model)) ? version : undefined);
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
  const holder = SERVES[stage] ? await store.inStage(model, stage) : null;
  if (holder) {
    await store.setStage(holder, "ARCHIVED");
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
  await store.setStage(candidate, stage);
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

/**
 * Whom a rollback restores: of a model with a version in Production the newest other version that came before it, of one
 * whose Production was left empty the version that left it.
 * @throws {ModelNotFoundError} no such model
 * @throws {ConflictError} there was none
 */
export async function formerHolder(store: ModelStore, model: string): Promise<ModelVersion> {
  const production = await store.inStage(model, "PRODUCTION");
  const former = await store.lastInProduction(model, production?.version ?? null);
  if (former) return former;
  if (!(await store.findModel(model))) throw new ModelNotFoundError(model);
  const state = production
    ? "has had no other version in Production"
    : "has no version in Production and never had one";
  throw new ConflictError(`model ${JSON.stringify(model)} ${state}: there is nothing to go back to`);
}

/** The first snapshot it was trained from whose rows retention dropped. */
export async function droppedSnapshot(
  db: Queryable,
  { snapshotId, labelSnapshotId }: ModelVersion,
): Promise<{ asOf: string; revision: number } | null> {
  const { rows } = await db.query<{ asOf: string; revision: number }>(
    `select as_of as "asOf", revision from snapshots s join snapshot_drops d on d.snapshot_id = s.id
     where s.id = any($1) order by as_of, revision limit 1`,
    [[snapshotId, labelSnapshotId]],
  );
  return rows[0] ?? null;
}
