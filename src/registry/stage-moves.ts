import type { Client, Queryable } from "../db/pool.js";
import { ConflictError, ModelNotFoundError } from "../errors/errors.js";
import { SERVES } from "./change.js";
import {
  type GateResult,
  type ModelVersion,
  type PromoteRequest,
  requireJudged,
  type VersionEntry,
} from "./model.js";
import { ModelStore } from "./model-store.js";

/**
 * The model's lock, to the end of the transaction: stages, aliases and deletions of one model change one after another,
 * so that two at once end as one after the other would. Held for a decision, never while something is assessed. Not the
 * model's row, which a training run locks to number its version and a starting process to describe it.
 */
export async function lockModel(tx: Client, model: string): Promise<ModelStore> {
  const store = new ModelStore(tx);
  if (!(await store.findModel(model))) throw new ModelNotFoundError(model);
  await lockNames(tx, [model]);
  return store;
}

/** In one order whoever asks, so that nobody waits for somebody who waits for him. */
export async function lockNames(tx: Client, models: readonly string[]): Promise<void> {
  for (const model of models.toSorted())
    await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_promotion ' || $1, 0))", [model]);
}

/**
 * The model stays, under its name, to the end of the transaction. Asked for before any of its versions is changed.
 * @throws {ModelNotFoundError}
 */
export async function holdModel(tx: Client, model: string): Promise<void> {
  const { rowCount } = await tx.query(
    "select 1 from models where name = $1 and deleted_at is null for key share",
    [model],
  );
  if (rowCount === 0) throw new ModelNotFoundError(model);
}

/**
 * @throws {ModelNotFoundError} no such model or version
 * @throws {VersionNotJudgedError} it is there, and was not judged
 */
export async function requireVersion(
  store: ModelStore,
  model: string,
  version: number,
): Promise<ModelVersion> {
  return requireJudged(await requireEntry(store, model, version));
}

/** Judged or not. @throws {ModelNotFoundError} no such model or version */
export async function requireEntry(store: ModelStore, model: string, version: number): Promise<VersionEntry> {
  const found = await store.findVersion(model, version);
  if (found) return found;
  throw new ModelNotFoundError(model, (await store.findModel(model)) ? version : undefined);
}

export type Move = Pick<PromoteRequest, "stage" | "actor"> & {
  reason: string | null;
  gates: GateResult[];
  forced: boolean;
};

/** The former holder of a serving stage, judged or only kept, is archived first: the database allows one. */
export async function move<V extends VersionEntry>(store: ModelStore, candidate: V, move: Move): Promise<V> {
  const { stage, actor, reason, gates, forced } = move;
  const { model, version } = candidate;
  const at = await store.history.lock();
  const holder = SERVES[stage] ? await store.holder(model, stage) : null;
  if (holder) {
    await store.setStage(holder, "ARCHIVED");
    await store.history.append({
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
  await store.history.append({
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
  const former = await store.history.lastInProduction(model, production?.version ?? null);
  const restored = former === null ? null : await store.findJudged(model, former);
  if (restored) return restored;
  if (!(await store.findModel(model))) throw new ModelNotFoundError(model);
  const state = production
    ? "has had no other version in Production"
    : "has no version in Production and never had one";
  throw new ConflictError(`model ${JSON.stringify(model)} ${state}: there is nothing to go back to`);
}

/** The first snapshot it was trained from whose rows retention dropped. */
export async function droppedSnapshot(
  db: Queryable,
  { snapshotId, labelSnapshotId, trainedSnapshots }: ModelVersion,
): Promise<{ asOf: string; revision: number } | null> {
  const { rows } = await db.query<{ asOf: string; revision: number }>(
    `select as_of as "asOf", revision from snapshots s join snapshot_drops d on d.snapshot_id = s.id
     where s.id = any($1) order by as_of, revision limit 1`,
    [[snapshotId, labelSnapshotId, ...trainedSnapshots]],
  );
  return rows[0] ?? null;
}
