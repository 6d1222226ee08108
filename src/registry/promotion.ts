import { type Client, type Pool, type Queryable, withTransaction } from "../db/pool.js";
import { type Deployment, findService } from "../definitions/language/deployment.js";
import { resolveGates } from "../definitions/language/gates.js";
import {
  BadUserInputError,
  ConflictError,
  GateFailedError,
  ModelNotFoundError,
  ModelNotLoadableError,
} from "../errors/errors.js";
import {
  type HeldOutEvidence,
  newestReproduction,
  readMetrics,
  type Serving,
  snapshotsValidated,
} from "./evidence.js";
import { judge } from "./gates.js";
import type { GateResult, ModelVersion, PromoteRequest } from "./model.js";
import { ModelStore } from "./model-store.js";
import { holderBefore, lockModel, move, requireTrainedRows } from "./stage-moves.js";

/** How a version stands up to the gates and to what was in Production at that moment. */
export interface Assessment {
  production: ModelVersion | null;
  heldOut: HeldOutEvidence | null;
  gates: GateResult[];
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
      if (stage === "PRODUCTION" || stage === "STAGING") await requireTrainedRows(tx, candidate);
      if (stage === "PRODUCTION") await this.#requireLoadable(candidate);
      const gates = stage === "PRODUCTION" ? (await this.#assess(tx, candidate)).gates : [];
      const failed = gates.some((gate) => !gate.passed);
      if (failed && !force) throw new GateFailedError(model, version, gates);
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
      return move(store, previous, {
        stage: "PRODUCTION",
        actor,
        reason: reason.trim(),
        gates: [],
        forced: false,
      });
    });
  }

  /**
   * The gates' verdicts on a version, against Production as it is now. Nothing is locked: who promotes by it later
   * passes the Production it saw to `promoteAssessed`.
   */
  async assess(candidate: ModelVersion): Promise<Assessment> {
    await requireTrainedRows(this.pool, candidate);
    await this.#requireLoadable(candidate);
    return this.#assess(this.pool, candidate);
  }

  /**
   * In the caller's transaction, by verdicts reached before it. Waits for other moves of the model to end.
   * @throws {ConflictError} another version is in Production than the one it was compared with
   */
  async promoteAssessed(
    tx: Client,
    candidate: Pick<ModelVersion, "model" | "version">,
    comparedWith: number | null,
    { gates, actor, reason }: { gates: GateResult[]; actor: string; reason: string },
  ): Promise<ModelVersion> {
    const store = await lockModel(tx, candidate.model, { wait: true });
    const production = await store.inStage(candidate.model, "PRODUCTION");
    if ((production?.version ?? null) !== comparedWith) {
      const named = (version: number | null | undefined) => (version ? `version ${version}` : "nothing");
      throw new ConflictError(
        `${named(production?.version)} is in Production of ${JSON.stringify(candidate.model)} now, ` +
          `version ${candidate.version} was compared with ${named(comparedWith)}; retry the run to compare again`,
        { comparedWith, production: production?.version ?? null },
      );
    }
    const found = await store.findVersion(candidate.model, candidate.version);
    if (!found) throw new ModelNotFoundError(candidate.model, candidate.version);
    await requireTrainedRows(tx, found);
    return move(store, found, { stage: "PRODUCTION", actor, reason, gates, forced: false });
  }

  async #assess(db: Queryable, candidate: ModelVersion): Promise<Assessment> {
    const production = await new ModelStore(db).inStage(candidate.model, "PRODUCTION");
    const service = findService(this.definitions, candidate.model);
    if (!service) {
      const message = `the definitions no longer declare the feature service ${JSON.stringify(candidate.model)}`;
      return { production, heldOut: null, gates: [{ name: "service_declared", passed: false, message }] };
    }
    const gates = resolveGates(service.gates);
    const scored = production !== null || gates.fairness !== null;
    const heldOut = scored ? await this.serving.heldOut(candidate, production, gates) : null;
    const verdicts = judge(service, {
      candidate,
      metrics: await readMetrics(db, candidate.runId),
      snapshotsValidated: await snapshotsValidated(db, candidate),
      production,
      heldOut,
      reproduction: await newestReproduction(db, candidate.runId),
    });
    return { production, heldOut, gates: verdicts };
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
