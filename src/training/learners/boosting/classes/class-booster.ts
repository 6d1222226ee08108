import type { SteppedFit } from "../../../cross-validation.js";
import { type SampleWeights, sumOfWeights } from "../../../sample-weights.js";
import { softmaxRows } from "../../../scoring/softmax.js";
import type { Fold } from "../../../tasks/fold.js";
import type { Work } from "../../../threads/part.js";
import { sharedArray } from "../../../threads/shared.js";
import type { Team } from "../../../threads/team.js";
import type { BinnedMatrix } from "../binned.js";
import { newExchange } from "../booster.js";
import { BoostingTask } from "../boosting-part.js";
import { TreeGrower } from "../grow-tree.js";
import type { BoostingParams } from "../params.js";
import type { Tree } from "../tree.js";
import { type SoftmaxExchange, softmaxPart } from "./softmax-part.js";

/** What trees of several classes are fitted to. */
export interface ClassesTarget {
  /** Places in the list of classes; shared. */
  labels: Uint8Array;
  /** Where each class' scores start, float32-exact. */
  baseScores: Float64Array;
  /** Of each row of the table; shared. Null: they count the same. */
  weights: SampleWeights;
}

/** Fits trees to some rows, one a class in each round, and judges them on others. */
export class ClassBooster implements SteppedFit {
  private readonly work: Work;
  private readonly exchange: SoftmaxExchange;
  private readonly grower: TreeGrower;
  private readonly classes: number;
  private readonly validationWeight: number;

  constructor(
    binned: BinnedMatrix,
    { fit, validate }: Fold,
    params: BoostingParams,
    { labels, baseScores, weights }: ClassesTarget,
    team: Team,
  ) {
    this.classes = baseScores.length;
    const { bytes, cells, codes } = binned;
    const { leaves } = params;
    this.exchange = {
      ...newExchange(cells, leaves, this.classes * validate.length, team.threads),
      class: sharedArray(Int32Array, 1),
    };
    const rows = { labels, fit, validate, baseScores, weights };
    this.work = team.begin(softmaxPart, { codes, bytes, cells, leaves, exchange: this.exchange, ...rows });
    const target = { unit: 1, leafQuantile: null };
    this.grower = new TreeGrower(binned, params, fit.length, target, this.work, this.exchange);
    this.validationWeight = sumOfWeights(weights, validate);
  }

  /** A tree for each class. */
  nextRound(): Tree[] {
    return Array.from({ length: this.classes }, (_, k) => {
      this.exchange.class[0] = k;
      return this.grower.grow();
    });
  }

  step(): boolean {
    return this.nextRound().some(({ mode }) => mode.length > 1);
  }

  loss(): { sum: number; weight: number } {
    return { sum: this.exchange.losses.reduce((sum, loss) => sum + loss, 0), weight: this.validationWeight };
  }

  keep(): void {
    this.work.run(BoostingTask.keepScores);
  }

  kept(): Float64Array {
    return softmaxRows(Float64Array.from(this.exchange.scores), this.classes);
  }

  end(): void {
    this.work.end();
  }
}
