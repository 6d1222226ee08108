import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { type Deployment, findService } from "../definitions/language/deployment.js";
import { comparisonOf } from "../definitions/language/gates.js";
import { BadUserInputError, ConflictError, GateFailedError } from "../errors/errors.js";
import { declaredTask } from "../values/task.js";
import { decideChange, requireCandidate, SERVES, type StageChange } from "./change.js";
import {
  type Compared,
  newestReproduction,
  readMetrics,
  type Serving,
  snapshotsValidated,
} from "./evidence.js";
import type { GateEvidence } from "./gates/gate.js";
import { type GateOutcome, gatesOf, judge } from "./gates/registry.js";
import { KeyedQueue } from "./keyed-queue.js";
import type { GateResult, ModelVersion, PromoteRequest, Stage } from "./model.js";
import { ModelStore } from "./model-store.js";
import { servability } from "./servability.js";
import { droppedSnapshot, formerHolder, lockModel, move, requireVersion } from "./stage-moves.js";

/** How a version stands up to the gates and to what was in Production at that moment. */
export interface Assessment extends GateOutcome {
  production: ModelVersion | null;
  /** Null where nothing is in Production. */
  heldOut: Compared | null;
}

/** What a promotion without force would come to, and whom it would archive. */
export interface PromotionVerdict {
  passed: boolean;
  gates: GateResult[];
  /** Whether force would pass over what failed. */
  forcible: boolean;
  replaces: ModelVersion | null;
  /** Null where the stage asks for no comparison, or there is nothing to compare with. */
  heldOut: Compared | null;
}

/** How often a promotion is judged again because Production changed meanwhile. */
const ATTEMPTS = 3;
/** Moves of one model that a process has waiting or under way. */
const WAITING = 8;

/**
 * Moves versions between stages. What takes time (loading the file, scoring held-out rows, drawing bootstraps) is done
 * before, without a lock; then one transaction takes the model's lock, checks that what was assessed still holds, decides,
 * and writes the move: former holder, history and announcement.
 */
export class Promotion {
  /** Of one process: who waits for the others' outcome is judged once, and many at once do not all score rows. */
  readonly #turns = new KeyedQueue(
    WAITING,
    (model) =>
      new ConflictError(
        `${WAITING} moves of ${JSON.stringify(model)} are waiting or under way; look at their outcome first`,
        { model },
      ),
  );

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly serving: Serving,
  ) {
    for (const service of definitions.services) gatesOf(service, definitions);
  }

  /**
   * @param requireStill throws where the move is no longer wanted; asked under the model's lock, in the move's transaction
   * @throws {ModelNotFoundError} no such model or version
   * @throws {ConflictError} Production changed each time the version had been compared with it
   * @throws what `decideChange` throws; nothing has changed then
   */
  async promote(
    request: PromoteRequest,
    requireStill: (tx: Client) => Promise<void> = async () => {},
  ): Promise<ModelVersion> {
    const { model, version, stage, force, actor } = request;
    const reason = request.reason?.trim() || null;
    const change: StageChange = { ...UNJUDGED, to: stage, by: "promotion", force, reason };
    return this.#untilItHolds(model, async () => {
      const candidate = await requireVersion(new ModelStore(this.pool), model, version);
      const assessed = await this.#judge(change, candidate);
      const { gates, unforcible } = assessed ?? UNJUDGED;
      return async (tx) => {
        const store = await lockModel(tx, model);
        await requireStill(tx);
        if (assessed && !(await inProduction(store, model, assessed.production))) return null;
        const found = await requireVersion(store, model, version);
        const allowed = decideChange({ ...change, gates, unforcible }, await this.#standing(found, tx));
        return move(store, found, { stage, actor, reason, ...allowed });
      };
    });
  }

  /**
   * What `promote` without force would say of the version now, by the same judging. Nothing is locked or changed.
   * @throws what `promote` throws before it changes anything; a failed gate is an answer
   */
  async check(candidate: ModelVersion, stage: Stage): Promise<PromotionVerdict> {
    const change: StageChange = { ...UNJUDGED, to: stage, by: "promotion", reason: null };
    let assessed: Assessment | null = null;
    const answer = async (gates: GateResult[], passed: boolean): Promise<PromotionVerdict> => ({
      passed,
      gates,
      forcible: (assessed?.unforcible ?? []).length === 0,
      replaces: assessed ? assessed.production : await this.#replacedBy(candidate, stage),
      heldOut: assessed?.heldOut ?? null,
    });
    try {
      assessed = await this.#judge(change, candidate);
      const { gates, unforcible } = assessed ?? UNJUDGED;
      const allowed = decideChange({ ...change, gates, unforcible }, await this.#standing(candidate));
      return await answer(allowed.gates, true);
    } catch (error) {
      if (error instanceof GateFailedError) return answer(error.gates, false);
      throw error;
    }
  }

  /**
   * Back to the version that was in Production before the present one came, or that was there last; its gates were passed
   * then.
   * @throws {ConflictError} nothing was in Production before
   * @throws {ModelNotServableError} that version cannot answer now
   */
  async rollback(model: string, reason: string, actor: string): Promise<ModelVersion> {
    const why = reason.trim();
    if (!why) throw new BadUserInputError("reason: a rollback needs one, it is on record");
    const change: StageChange = { ...UNJUDGED, to: "PRODUCTION", by: "rollback", reason: why };
    return this.#untilItHolds(model, async () => {
      const former = await formerHolder(new ModelStore(this.pool), model);
      decideChange(change, await this.#standing(former));
      await this.serving.load(former);
      return async (tx) => {
        const store = await lockModel(tx, model);
        const found = await formerHolder(store, model);
        if (found.id !== former.id) return null;
        const allowed = decideChange(change, await this.#standing(found, tx));
        return move(store, found, { stage: "PRODUCTION", actor, reason: why, ...allowed });
      };
    });
  }

  /**
   * The gates' verdicts on a version, against Production as it is now. Nothing is locked: who promotes by it later
   * passes the Production it saw to `promoteAssessed`.
   * @throws what `requireCandidate` throws
   */
  async assess(candidate: ModelVersion): Promise<Assessment> {
    requireCandidate(await this.#standing(candidate));
    await this.serving.load(candidate);
    return this.#assess(candidate);
  }

  /**
   * In the caller's transaction, by verdicts reached before it. Waits for other changes of the model to end.
   * @throws {ConflictError} another version is in Production than the one it was compared with
   * @throws what `decideChange` throws
   */
  async promoteAssessed(
    tx: Client,
    candidate: Pick<ModelVersion, "model" | "version">,
    comparedWith: number | null,
    { gates, actor, reason }: { gates: GateResult[]; actor: string; reason: string },
  ): Promise<ModelVersion> {
    const { model, version } = candidate;
    const store = await lockModel(tx, model);
    const production = await store.inStage(model, "PRODUCTION");
    if ((production?.version ?? null) !== comparedWith) {
      const named = (version: number | null | undefined) => (version ? `version ${version}` : "nothing");
      throw new ConflictError(
        `${named(production?.version)} is in Production of ${JSON.stringify(model)} now, ` +
          `version ${version} was compared with ${named(comparedWith)}; retry the run to compare again`,
        { comparedWith, production: production?.version ?? null },
      );
    }
    const found = await requireVersion(store, model, version);
    const change: StageChange = { ...UNJUDGED, to: "PRODUCTION", by: "promotion", gates, reason };
    const allowed = decideChange(change, await this.#standing(found, tx));
    return move(store, found, { stage: "PRODUCTION", actor, reason, ...allowed });
  }

  /** Assesses, then decides in one transaction; again where that finds that what was assessed no longer holds. */
  #untilItHolds(
    model: string,
    assess: () => Promise<(tx: Client) => Promise<ModelVersion | null>>,
  ): Promise<ModelVersion> {
    return this.#turns.take(model, () => this.#attempt(model, assess));
  }

  async #attempt(
    model: string,
    assess: () => Promise<(tx: Client) => Promise<ModelVersion | null>>,
  ): Promise<ModelVersion> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const decide = await assess();
      const moved = await withTransaction(this.pool, decide);
      if (moved) return moved;
    }
    throw new ConflictError(
      `Production of ${JSON.stringify(model)} changed ${ATTEMPTS} times while a version was judged against it; ` +
        "look at its history first, then ask again",
      { model },
    );
  }

  /** What a promotion does before it takes the model's lock; null where the stage has no gates. */
  async #judge(change: StageChange, candidate: ModelVersion): Promise<Assessment | null> {
    decideChange(change, await this.#standing(candidate));
    if (SERVES[change.to]) await this.serving.load(candidate);
    return change.to === "PRODUCTION" ? this.#assess(candidate) : null;
  }

  async #replacedBy({ id, model }: ModelVersion, stage: Stage): Promise<ModelVersion | null> {
    const holder = SERVES[stage] ? await new ModelStore(this.pool).inStage(model, stage) : null;
    return holder?.id === id ? null : holder;
  }

  async #standing(version: ModelVersion, db: Pool | Client = this.pool) {
    return {
      version,
      servability: servability(version, this.definitions),
      dropped: await droppedSnapshot(db, version),
    };
  }

  async #assess(candidate: ModelVersion): Promise<Assessment> {
    const production = await new ModelStore(this.pool).inStage(candidate.model, "PRODUCTION");
    // Declared, or it would not be servable.
    const service = findService(this.definitions, candidate.model)!;
    const evidence = this.#evidence(candidate, production);
    const judged = await judge(gatesOf(service, this.definitions), evidence);
    const heldOut =
      production &&
      (await evidence.comparison(comparisonOf(service.gates, declaredTask(candidate.signature))));
    return { production, heldOut, ...judged };
  }

  #evidence(candidate: ModelVersion, production: ModelVersion | null): GateEvidence {
    const heldOut = this.serving.heldOut(candidate, production);
    return {
      candidate: () => candidate,
      servability: () => servability(candidate, this.definitions),
      production: () => production,
      metrics: once(() => readMetrics(this.pool, candidate.judgedBy)),
      snapshotsValidated: once(() => snapshotsValidated(this.pool, candidate)),
      reproduction: once(() => newestReproduction(this.pool, candidate.judgedBy)),
      comparison: once((asked) => heldOut.compare(asked)),
      groupRates: once((asked) => heldOut.groupRates(asked)),
    };
  }
}

/** Computes a result on first use, and caches it by its key. */
function once<Asked extends [object?], Answer>(
  workOut: (...asked: Asked) => Promise<Answer>,
): (...asked: Asked) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  return (...asked) => {
    const question = JSON.stringify(asked);
    const answer = answers.get(question) ?? workOut(...asked);
    answers.set(question, answer);
    return answer;
  };
}

const UNJUDGED = {
  kind: "stage",
  gates: [] as GateResult[],
  unforcible: [] as string[],
  force: false,
} as const;

/** Whether that version, or none, is in Production still. */
async function inProduction(
  store: ModelStore,
  model: string,
  assessed: ModelVersion | null,
): Promise<boolean> {
  const now = await store.inStage(model, "PRODUCTION");
  return (now?.id ?? null) === (assessed?.id ?? null);
}
