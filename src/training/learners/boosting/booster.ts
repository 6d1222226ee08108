import type { SteppedFit } from "../../cross-validation.js";
import type { Fold } from "../../tasks/fold.js";
import type { Work } from "../../threads/part.js";
import { sharedArray } from "../../threads/shared.js";
import type { Team } from "../../threads/team.js";
import type { BinnedMatrix } from "./binned.js";
import { type BoostingExchange, BoostingTask, boostingPart } from "./boosting-part.js";
import { TreeGrower } from "./grow-tree.js";
import type { BoostingParams } from "./params.js";
import type { Target } from "./target.js";
import type { Tree } from "./tree.js";

/** Fits trees one after the other to some rows, and judges them on others. */
export class Booster implements SteppedFit {
  private readonly work: Work;
  private readonly exchange: BoostingExchange;
  private readonly grower: TreeGrower;

  constructor(
    binned: BinnedMatrix,
    { fit, validate }: Fold,
    params: BoostingParams,
    private readonly target: Target,
    team: Team,
  ) {
    const { bytes, cells, codes } = binned;
    const { labels, weights, baseScore, margins, objective, leafQuantile } = target;
    const exchange = newExchange(cells, params.leaves, validate.length, team.threads);
    if (leafQuantile !== null) {
      exchange.residuals = sharedArray(Float64Array, fit.length);
      if (weights) exchange.residualWeights = sharedArray(Float64Array, fit.length);
      exchange.places = sharedArray(Uint32Array, 2 * params.leaves * team.threads);
    }
    const rows = { labels, weights, fit, validate, baseScore, margins, objective };
    this.work = team.begin(boostingPart, { codes, bytes, cells, leaves: params.leaves, exchange, ...rows });
    this.exchange = exchange;
    this.grower = new TreeGrower(binned, params, fit.length, target, this.work, exchange);
  }

  nextTree(): Tree {
    return this.grower.grow();
  }

  step(): boolean {
    return this.nextTree().mode.length > 1;
  }

  loss(): { sum: number; weight: number } {
    const sum = this.exchange.losses.reduce((sum, loss) => sum + loss, 0);
    return { sum: sum * this.target.lossUnit, weight: this.target.validationWeight };
  }

  keep(): void {
    this.work.run(BoostingTask.keepScores);
  }

  kept(): Float64Array {
    return Float64Array.from(this.exchange.scores, (score) => this.target.answer(score));
  }

  end(): void {
    this.work.end();
  }
}

export function newExchange(
  cells: number,
  leaves: number,
  validate: number,
  threads: number,
): BoostingExchange {
  return {
    split: sharedArray(Int32Array, 4),
    goesLeft: sharedArray(Uint8Array, 256),
    values: sharedArray(Float64Array, leaves),
    histograms: sharedArray(Float64Array, threads * 2 * cells),
    leading: new Float64Array(),
    leftRows: sharedArray(Float64Array, threads),
    losses: sharedArray(Float64Array, threads),
    scores: sharedArray(Float64Array, validate),
    residuals: new Float64Array(),
    residualWeights: new Float64Array(),
    places: new Uint32Array(),
  };
}
