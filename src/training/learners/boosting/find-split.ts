import type { BinnedMatrix } from "./binned.js";
import { clamped, type LeafBounds } from "./monotone.js";
import { CELL_BYTES, State } from "./split-kernels.js";

/** Sums over the rows of a leaf. */
export interface LeafSums {
  gradient: number;
  hessian: number;
  rows: number;
}

/** Where a split lies, and what it gains. */
export interface SplitPlace {
  /** Index into the binned features. */
  feature: number;
  /** Numeric: bins <= bin go left. Categorical: this bin goes left. */
  bin: number;
  missingLeft: boolean;
  gain: number;
}

export interface Split extends SplitPlace {
  leftGradient: number;
  leftHessian: number;
}

/** Smaller gains are rounding, not signal. */
const MIN_GAIN = 1e-10;

/**
 * The search for the best split of a leaf. Gain is GL^2/(HL+l2) + GR^2/(HR+l2) - G^2/(H+l2) (Chen & Guestrin
 * 2016, eq. 7, without the factor 1/2), with one division for two. Of equal gains the first feature's first bin wins,
 * whatever the machine.
 */
export class SplitFinder {
  /** What the leaf itself would add to the two sides' sum. */
  private whole = 0;

  /** @param state of the kernels that search. */
  constructor(
    private readonly state: Float64Array,
    private readonly l2: number,
    /** Least hessian of a side, given its leaf. */
    private readonly leastHessian: (leaf: LeafSums) => number,
  ) {}

  /** @param bounds of the values of the leaf's sides, of a search that is bound */
  start(leaf: LeafSums, bounds: LeafBounds | null = null): void {
    const { state } = this;
    this.whole = (leaf.gradient * leaf.gradient) / (leaf.hessian + this.l2);
    if (bounds) this.bind(leaf, bounds);
    state[State.gradient] = leaf.gradient;
    state[State.hessian] = leaf.hessian;
    state[State.minHessian] = this.leastHessian(leaf);
    state[State.sum] = this.whole + MIN_GAIN;
    state[State.cell] = 0;
  }

  private bind({ gradient, hessian }: LeafSums, bounds: LeafBounds): void {
    const { state, l2 } = this;
    const value = clamped(-gradient / (hessian + l2), bounds);
    this.whole = -value * (2 * gradient + (hessian + l2) * value);
    state[State.lower] = bounds.lower;
    state[State.upper] = bounds.upper;
  }

  /** Whether any split has been found since `start`. */
  get hasFound(): boolean {
    return this.state[State.cell] !== 0;
  }

  /** The best of what was searched since `start`. */
  found(): Split | null {
    const { state } = this;
    if (!this.hasFound) return null;
    return {
      feature: state[State.feature]!,
      bin: (state[State.cell]! - state[State.first]!) / CELL_BYTES,
      missingLeft: state[State.missingLeft] === 1,
      gain: state[State.sum]! - this.whole,
      leftGradient: state[State.leftGradient]!,
      leftHessian: state[State.leftHessian]!,
    };
  }
}

/** 1 for each value of the byte the split's feature is packed in that goes left. By runs: it is done for every split. */
export function writeGoesLeft(binned: BinnedMatrix, split: SplitPlace, goesLeft: Uint8Array): void {
  const { byte, stride, codes, bins, categorical, hasMissing } = binned.features[split.feature]!;
  const [from, to] = [categorical ? split.bin : 0, split.bin + 1];
  goesLeft.fill(0);
  for (let first = 0; first < binned.bytes[byte]!.codes; first += codes * stride) {
    goesLeft.fill(1, first + from * stride, first + to * stride);
    if (hasMissing) goesLeft.fill(split.missingLeft ? 1 : 0, first + bins * stride, first + codes * stride);
  }
}
