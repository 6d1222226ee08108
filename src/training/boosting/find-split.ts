import type { BinnedMatrix, FeatureBins, PackedByte } from "./bins.js";

/** Sums over the rows of a leaf. */
export interface LeafSums {
  gradient: number;
  hessian: number;
  rows: number;
}

export interface Split {
  /** Index into the binned features. */
  feature: number;
  /** Numeric: bins <= bin go left. Categorical: this bin goes left. */
  bin: number;
  missingLeft: boolean;
  gain: number;
  leftGradient: number;
  leftHessian: number;
}

/** Smaller gains are rounding, not signal. */
const MIN_GAIN = 1e-10;
/** Codes of a byte, and the sums that go with one. */
const BYTE_SUMS = 2 * 256;

/**
 * Finds the best split of a leaf from its histogram. Gain is GL^2/(HL+l2) + GR^2/(HR+l2) - G^2/(H+l2) (Chen & Guestrin
 * 2016, eq. 7, without the factor 1/2). Of equal gains the first feature's first bin wins, whatever the machine.
 */
export class SplitFinder {
  private readonly own = new Float64Array(BYTE_SUMS);
  private leaf: LeafSums = { gradient: 0, hessian: 0, rows: 0 };
  private minHessian = 0;
  private best: Split | null = null;

  constructor(
    private readonly l2: number,
    /** Least hessian of a side, given its leaf. */
    private readonly leastHessian: (leaf: LeafSums) => number,
  ) {}

  /** @param base first number of the leaf's histogram in `histograms`. */
  find(binned: BinnedMatrix, histograms: Float64Array, base: number, leaf: LeafSums): Split | null {
    this.start(leaf);
    const { features, bytes } = binned;
    for (let position = 0; position < features.length; position++) {
      const feature = features[position]!;
      const byte = bytes[feature.byte]!;
      const first = base + 2 * byte.offset;
      if (byte.features.length === 1) this.scan(feature, position, histograms, first);
      else {
        this.sumOver(byte, feature, histograms, first);
        this.scan(feature, position, this.own, 0);
      }
    }
    return this.best;
  }

  start(leaf: LeafSums): void {
    this.leaf = leaf;
    this.minHessian = this.leastHessian(leaf);
    this.best = null;
  }

  /** The best of what was scanned since `start`. */
  found(): Split | null {
    return this.best;
  }

  /** Considers every split of one feature, whose own histogram starts at `sums[first]`. */
  scan(feature: FeatureBins, position: number, sums: Float64Array, first: number): void {
    if (feature.categorical) this.scanCategories(feature, position, sums, first);
    else {
      this.scanThresholds(feature, position, sums, first, false);
      if (feature.hasMissing) this.scanThresholds(feature, position, sums, first, true);
    }
  }

  /** One feature's histogram from the joint one of its byte. */
  private sumOver(byte: PackedByte, { codes, stride }: FeatureBins, sums: Float64Array, first: number): void {
    const { own } = this;
    own.fill(0, 0, 2 * codes);
    for (let joint = 0; joint < byte.codes; ) {
      for (let code = 0; code < codes; code++) {
        let gradient = own[2 * code]!;
        let hessian = own[2 * code + 1]!;
        for (let k = 0; k < stride; k++, joint++) {
          gradient += sums[first + 2 * joint]!;
          hessian += sums[first + 2 * joint + 1]!;
        }
        own[2 * code] = gradient;
        own[2 * code + 1] = hessian;
      }
    }
  }

  /** One category against all others; a missing value is not that category and goes right. */
  private scanCategories({ bins }: FeatureBins, position: number, sums: Float64Array, first: number): void {
    const { leaf, l2, minHessian } = this;
    const whole = (leaf.gradient * leaf.gradient) / (leaf.hessian + l2);
    for (let bin = 0; bin < bins; bin++) {
      const gradient = sums[first + 2 * bin]!;
      const hessian = sums[first + 2 * bin + 1]!;
      const rightHessian = leaf.hessian - hessian;
      if (hessian < minHessian || rightHessian < minHessian) continue;
      const rightGradient = leaf.gradient - gradient;
      const gain =
        (gradient * gradient) / (hessian + l2) +
        (rightGradient * rightGradient) / (rightHessian + l2) -
        whole;
      if (gain > (this.best?.gain ?? MIN_GAIN)) this.keep(position, bin, false, gain, gradient, hessian);
    }
  }

  /** Bins 0..bin against the rest, with the missing values on the named side; "all present" against "missing" is one of them. */
  private scanThresholds(
    { bins, hasMissing }: FeatureBins,
    position: number,
    sums: Float64Array,
    first: number,
    missingLeft: boolean,
  ): void {
    const { leaf, l2, minHessian } = this;
    const [wholeGradient, wholeHessian] = [leaf.gradient, leaf.hessian];
    const whole = (wholeGradient * wholeGradient) / (wholeHessian + l2);
    const missing = first + 2 * bins;
    // No missing value in this leaf: the other direction has been through the same splits.
    if (missingLeft && sums[missing + 1] === 0) return;
    let gradient = missingLeft ? sums[missing]! : 0;
    let hessian = missingLeft ? sums[missing + 1]! : 0;
    let best = this.best?.gain ?? MIN_GAIN;
    const last = hasMissing && !missingLeft ? bins : bins - 1;
    for (let bin = 0; bin < last; bin++) {
      const added = sums[first + 2 * bin + 1]!;
      // An empty bin makes no new split; every row has some hessian.
      if (added === 0) continue;
      gradient += sums[first + 2 * bin]!;
      hessian += added;
      if (hessian < minHessian) continue;
      const rightHessian = wholeHessian - hessian;
      if (rightHessian < minHessian) break;
      const rightGradient = wholeGradient - gradient;
      const gain =
        (gradient * gradient) / (hessian + l2) +
        (rightGradient * rightGradient) / (rightHessian + l2) -
        whole;
      if (gain > best) {
        best = gain;
        this.keep(position, bin, missingLeft, gain, gradient, hessian);
      }
    }
  }

  private keep(
    feature: number,
    bin: number,
    missingLeft: boolean,
    gain: number,
    leftGradient: number,
    leftHessian: number,
  ): void {
    this.best = { feature, bin, missingLeft, gain, leftGradient, leftHessian };
  }
}

/** 1 for each value of the byte the split's feature is packed in that goes left. */
export function writeGoesLeft(binned: BinnedMatrix, split: Split, goesLeft: Uint8Array): void {
  const { byte, stride, codes, bins, categorical } = binned.features[split.feature]!;
  for (let joint = 0; joint < binned.bytes[byte]!.codes; joint++) {
    const code = Math.floor(joint / stride) % codes;
    const left = code === bins ? split.missingLeft : categorical ? code === split.bin : code <= split.bin;
    goesLeft[joint] = left ? 1 : 0;
  }
}
