import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { type Deployment, findService } from "../definitions/language/deployment.js";
import {
  BadUserInputError,
  ConflictError,
  GateFailedError,
  ModelNotFoundError,
  ModelNotLoadableError,
} from "../errors/errors.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import { type GateEvidence, judge } from "./gates.js";
import type { GateResult, ModelVersion, PromoteRequest } from "./model.js";
import { ModelStore } from "./model-store.js";

/** AUC of a registered version on the rows another version's training held out. */
export type HeldOutScorer = (version: ModelVersion, heldOutBy: ModelVersion) => Promise<number>;

/** What promotion asks of the serving side; both throw ModelNotLoadableError. */
export interface Serving {
  heldOutAuc: HeldOutScorer;
  /** Loads the version's file as every replica will have to. */
  load(version: ModelVersion): Promise<unknown>;
}

/** Moves versions between stages, one transaction a move: gates, former holder, history and announcement. */
export class Promotion {
  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly serving: Serving,
  ) {}

  /**
   * @throws {ModelNotFoundError} no such model or version
   * @throws {BadUserInputError} already in that stage, or forced without a reason
   * @throws {SnapshotDroppedError} retention dropped what it was trained from: it can be neither judged nor made again
   * @throws {GateFailedError} a gate of Production failed and the move was not forced; nothing has changed
   * @throws {ConflictError} another move of this model is under way, or the version's file cannot be served
   */
  async promote(request: PromoteRequest): Promise<ModelVersion> {
    const { model, version, stage, force } = request;
    const reason = request.reason?.trim() || null;
    if (force && !reason)
      throw new BadUserInputError("force: a forced promotion needs a reason, it is on record");
    return withTransaction(this.pool, async (tx) => {
      const store = await lockModel(tx, model);
      const candidate = await store.findVersion(model, version);
      if (!candidate) throw new ModelNotFoundError(model, version);
      if (candidate.stage === stage) {
        throw new BadUserInputError(`version ${version} of ${JSON.stringify(model)} is already in ${stage}`);
      }
      if (stage === "PRODUCTION" || stage === "STAGING") await requireRows(tx, candidate);
      const gates = stage === "PRODUCTION" ? await this.#judge(tx, store, candidate) : [];
      const failed = gates.some((gate) => !gate.passed);
      if (failed && !force) throw new GateFailedError(model, version, gates);
      if (stage === "PRODUCTION") await this.#requireLoadable(candidate);
      return move(store, candidate, { ...request, reason, gates, forced: failed });
    });
  }

  /**
   * Back to the version that was in Production before the present one came; its gates were passed then.
   * @throws {ConflictError} nothing is in Production, nothing was before, or that version's file cannot be served
   */
  async rollback(model: string, reason: string, actor: string): Promise<ModelVersion> {
    if (!reason.trim()) throw new BadUserInputError("reason: a rollback needs one, it is on record");
    return withTransaction(this.pool, async (tx) => {
      const store = await lockModel(tx, model);
      const production = await store.inStage(model, "PRODUCTION");
      const previous = production ? await holderBefore(tx, store, production) : null;
      if (!production || !previous) {
        const state = production ? "has had no other version in Production" : "has no version in Production";
        throw new ConflictError(`model ${JSON.stringify(model)} ${state}: there is nothing to go back to`);
      }
      await this.#requireLoadable(previous);
      const gates: GateResult[] = [];
      return move(store, previous, {
        stage: "PRODUCTION",
        actor,
        reason: reason.trim(),
        gates,
        forced: false,
      });
    });
  }

  async #judge(tx: Client, store: ModelStore, candidate: ModelVersion): Promise<GateResult[]> {
    const service = findService(this.definitions, candidate.model);
    if (!service) {
      const message = `the definitions no longer declare the feature service ${JSON.stringify(candidate.model)}`;
      return [{ name: "service_declared", passed: false, message }];
    }
    const production = await store.inStage(candidate.model, "PRODUCTION");
    const evidence: GateEvidence = {
      auc: await aucOf(tx, candidate.runId),
      snapshotsValidated: await snapshotsValidated(tx, candidate),
      production: production && { version: production, auc: await this.#scoreOf(production, candidate) },
    };
    return judge(service.gates, evidence);
  }

  /** Null where Production's own file cannot be loaded: its replacement must remain possible, by force. */
  async #scoreOf(production: ModelVersion, candidate: ModelVersion): Promise<number | null> {
    try {
      return await this.serving.heldOutAuc(production, candidate);
    } catch (error) {
      if (error instanceof ModelNotLoadableError) return null;
      throw error;
    }
  }

  /** No gate, so not to be forced: a replica that cannot load Production would serve the former one for good. */
  async #requireLoadable(version: ModelVersion): Promise<void> {
    try {
      await this.serving.load(version);
    } catch (error) {
      if (!(error instanceof ModelNotLoadableError)) throw error;
      throw new ConflictError(`nothing was promoted: ${error.message}`, error.details);
    }
  }
}

/**
 * One move of a model at a time: whoever comes second is told so rather than judged against a stale Production.
 * Not the model's row, which a training run locks to number its version and a starting process to describe it.
 */
async function lockModel(tx: Client, model: string): Promise<ModelStore> {
  const store = new ModelStore(tx);
  if (!(await store.findModel(model))) throw new ModelNotFoundError(model);
  const { rows } = await tx.query<{ locked: boolean }>(
    "select pg_try_advisory_xact_lock(hashtextextended('asof_promotion ' || $1, 0)) as locked",
    [model],
  );
  if (rows[0]!.locked) return store;
  throw new ConflictError(
    `another promotion of ${JSON.stringify(model)} is under way; look at its outcome first`,
  );
}

type Move = Pick<PromoteRequest, "stage" | "actor"> & {
  reason: string | null;
  gates: GateResult[];
  forced: boolean;
};

/** The former holder of a serving stage is archived first: the database allows one. */
async function move(store: ModelStore, candidate: ModelVersion, move: Move): Promise<ModelVersion> {
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

async function holderBefore(
  tx: Client,
  store: ModelStore,
  production: ModelVersion,
): Promise<ModelVersion | null> {
  // The newest entry into Production by another version, before the present holder's own newest entry.
  const { rows } = await tx.query<{ version: number }>(
    `select version from stage_transitions
     where model = $1 and to_stage = 'PRODUCTION' and version <> $2
       and id < (select max(id) from stage_transitions where model = $1 and to_stage = 'PRODUCTION' and version = $2)
     order by id desc limit 1`,
    [production.model, production.version],
  );
  return rows[0] ? store.findVersion(production.model, rows[0].version) : null;
}

async function aucOf(tx: Client, runId: string): Promise<number | null> {
  const { rows } = await tx.query<{ value: number }>(
    "select value from run_metrics where run_id = $1 and name = 'auc' order by step desc limit 1",
    [runId],
  );
  return rows[0]?.value ?? null;
}

async function requireRows(tx: Client, { snapshotId, labelSnapshotId }: ModelVersion): Promise<void> {
  const { rows } = await tx.query<{ asOf: string; revision: number }>(
    `select as_of as "asOf", revision from snapshots s join snapshot_drops d on d.snapshot_id = s.id
     where s.id = any($1) order by as_of, revision limit 1`,
    [[snapshotId, labelSnapshotId]],
  );
  if (rows[0]) throw new SnapshotDroppedError(rows[0].asOf, rows[0].revision);
}

async function snapshotsValidated(tx: Client, candidate: ModelVersion): Promise<boolean> {
  const { rows } = await tx.query<{ validated: boolean }>(
    `select bool_and(coalesce((r.validation->>'success')::boolean, false)) as validated
     from snapshots s join runs r on r.id = s.run_id where s.id = any($1)`,
    [[candidate.snapshotId, candidate.labelSnapshotId]],
  );
  return rows[0]?.validated ?? false;
}
