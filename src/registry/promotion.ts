import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { type Deployment, findService } from "../definitions/language/deployment.js";
import { BadUserInputError, ConflictError, GateFailedError, ModelNotFoundError } from "../errors/errors.js";
import { type GateEvidence, judge } from "./gates.js";
import type { GateResult, ModelVersion, PromoteRequest } from "./model.js";
import { ModelStore } from "./model-store.js";

/** AUC of a registered version on the rows another version's training held out. */
export type HeldOutScorer = (version: ModelVersion, heldOutBy: ModelVersion) => Promise<number>;

const LOCK_NOT_AVAILABLE = "55P03";

/** Moves versions between stages, one transaction a move: gates, former holder, history and announcement. */
export class Promotion {
  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly heldOutAuc: HeldOutScorer,
  ) {}

  /**
   * @throws {ModelNotFoundError} no such model or version
   * @throws {BadUserInputError} already in that stage, or forced without a reason
   * @throws {GateFailedError} a gate of Production failed and the move was not forced; nothing has changed
   * @throws {ConflictError} another move of this model is under way
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
      const gates = stage === "PRODUCTION" ? await this.#judge(tx, store, candidate) : [];
      const failed = gates.some((gate) => !gate.passed);
      if (failed && !force) throw new GateFailedError(model, version, gates);
      return move(store, candidate, { ...request, reason, gates, forced: failed });
    });
  }

  /**
   * Back to the version that was in Production before the present one came; its gates were passed then.
   * @throws {ConflictError} nothing is in Production, or nothing was before
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
      production: production && { version: production, auc: await this.heldOutAuc(production, candidate) },
    };
    return judge(service.gates, evidence);
  }
}

/** One move of a model at a time: whoever comes second is told so rather than judged against a stale Production. */
async function lockModel(tx: Client, model: string): Promise<ModelStore> {
  try {
    const { rowCount } = await tx.query("select 1 from models where name = $1 for update nowait", [model]);
    if (rowCount === 0) throw new ModelNotFoundError(model);
  } catch (error) {
    if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
    throw new ConflictError(
      `another promotion of ${JSON.stringify(model)} is under way; look at its outcome first`,
    );
  }
  return new ModelStore(tx);
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
  await store.lockHistory();
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

async function snapshotsValidated(tx: Client, candidate: ModelVersion): Promise<boolean> {
  const { rows } = await tx.query<{ validated: boolean }>(
    `select bool_and(coalesce((r.validation->>'success')::boolean, false)) as validated
     from snapshots s join runs r on r.id = s.run_id where s.id = any($1)`,
    [[candidate.snapshotId, candidate.labelSnapshotId]],
  );
  return rows[0]?.validated ?? false;
}
