import type { Pool } from "../db/pool.js";
import { type Deployment, findService } from "../definitions/language/deployment.js";
import { comparisonOf } from "../definitions/language/gates.js";
import { BadUserInputError, ConflictError } from "../errors/errors.js";
import { type ComparedMetricName, declaredTask } from "../values/task.js";
import type { Comparison, Serving } from "./evidence.js";
import { KeyedQueue } from "./keyed-queue.js";
import { ModelStore } from "./model-store.js";
import { requireVersion } from "./stage-moves.js";

/** Comparisons of one model that a process has waiting or under way. */
const WAITING = 8;

/**
 * Two versions of a model beside each other on labelled rows that neither was trained on, as a promotion compares with
 * Production: it tells a difference from chance. One at a time a model, as each scores held-out rows.
 */
export class VersionComparisons {
  readonly #turns = new KeyedQueue(
    WAITING,
    (model) =>
      new ConflictError(
        `${WAITING} comparisons of versions of ${JSON.stringify(model)} are waiting or under way; ask again once they have ended`,
        { model },
      ),
  );

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly heldOut: Serving["heldOut"],
  ) {}

  /**
   * @param metric what the difference is of; null: what the model's gates compare by
   * @throws {ModelNotFoundError} no such model or version
   * @throws {BadUserInputError} the two are one
   * @throws {ConflictError} the two cannot be compared, or too many comparisons of the model wait
   * @throws {ModelNotServableError} the first cannot answer now
   */
  async compare(
    model: string,
    version: number,
    other: number,
    metric: ComparedMetricName | null,
  ): Promise<Comparison> {
    if (version === other) {
      throw new BadUserInputError(`with: another version than ${version} was expected; got the same`, {
        argument: "with",
      });
    }
    const store = new ModelStore(this.pool);
    const [first, second] = await Promise.all(
      [version, other].map((each) => requireVersion(store, model, each)),
    );
    const asked = comparisonOf(
      findService(this.definitions, model)?.gates ?? {},
      declaredTask(first!.signature),
    );
    const compared = await this.#turns.take(model, () =>
      this.heldOut(first!, second!).compare({ ...asked, metric: metric ?? asked.metric }),
    );
    if (compared.comparison) return compared.comparison;
    const problem = compared.problem ?? compared.productionProblem ?? "unknown";
    throw new ConflictError(
      `versions ${version} and ${other} of ${JSON.stringify(model)} cannot be compared: ${problem}`,
      { model, version, with: other },
    );
  }
}
