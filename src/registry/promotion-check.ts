import { LRUCache } from "lru-cache";
import type { Pool } from "../db/pool.js";
import { ConflictError } from "../errors/errors.js";
import { SERVES } from "./change.js";
import { evidenceMark } from "./evidence.js";
import { KeyedQueue } from "./keyed-queue.js";
import type { Stage } from "./model.js";
import { ModelStore } from "./model-store.js";
import type { Promotion, PromotionVerdict } from "./promotion.js";
import { requireVersion } from "./stage-moves.js";

/** Verdicts that a process remembers. */
const REMEMBERED = 200;
/** Checks of one model that a process has waiting or under way. */
const WAITING = 8;

/**
 * What `promote` would say, without promoting. One at a time a model, as each scores held-out rows; who asks the same waits
 * for the first and has its answer. A verdict is remembered until the version, what is in the stage or the evidence changes;
 * the definitions do not while a process runs.
 */
export class PromotionChecks {
  readonly #turns = new KeyedQueue(
    WAITING,
    (model) =>
      new ConflictError(
        `${WAITING} promotion checks of ${JSON.stringify(model)} are waiting or under way; ask again once they have ended`,
        { model },
      ),
  );
  readonly #verdicts = new LRUCache<string, PromotionVerdict>({ max: REMEMBERED });

  constructor(
    private readonly pool: Pool,
    private readonly promotion: Pick<Promotion, "check">,
  ) {}

  /**
   * @throws {ModelNotFoundError} no such model or version
   * @throws {ConflictError} too many checks of the model wait
   * @throws what `promote` throws before it changes anything; a failed gate is an answer
   */
  async check(model: string, version: number, stage: Stage): Promise<PromotionVerdict> {
    const { known } = await this.#standing(model, version, stage);
    return known ?? this.#turns.take(model, () => this.#judge(model, version, stage));
  }

  async #judge(model: string, version: number, stage: Stage): Promise<PromotionVerdict> {
    const { known, candidate, holder, key } = await this.#standing(model, version, stage);
    if (known) return known;
    const verdict = await this.promotion.check(candidate, stage);
    // What came into the stage meanwhile was judged against, and is not what the key says.
    if (verdict.replaces?.id === holder?.id) this.#verdicts.set(key, verdict);
    return verdict;
  }

  async #standing(model: string, version: number, stage: Stage) {
    const store = new ModelStore(this.pool);
    const candidate = await requireVersion(store, model, version);
    const holder = SERVES[stage] ? await store.inStage(model, stage) : null;
    const mark = await evidenceMark(this.pool, candidate.judgedBy);
    const key = JSON.stringify([candidate.id, candidate.stage, stage, holder?.id ?? null, mark]);
    return { candidate, holder, key, known: this.#verdicts.get(key) };
  }
}
