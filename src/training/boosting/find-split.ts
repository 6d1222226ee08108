import type { BinnedMatrix, FeatureBins, PackedByte } from "./binned.js";

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

/** Of the best split so far, as numbers in one array: an object or a field each would be allocated anew each time. */
const Best = { sum: 0, feature: 1, bin: 2, missingLeft: 3, gradient: 4, hessian: 5, slots: 6 } as const;

/**
 * Finds the best split of a leaf from its histogram. Gain is GL^2/(HL+l2) + GR^2/(HR+l2) - G^2/(H+l2) (Chen & Guestrin
 * 2016, eq. 7, without the factor 1/2), with one division for two. Of equal gains the first feature's first bin wins,
 * whatever the machine.
 */
export class SplitFinder {
  private readonly own = new Float64Array(BYTE_SUMS);
  private readonly best = new Float64Array(Best.slots);
  private leaf: LeafSums = { gradient: 0, hessian: 0, rows: 0 };
  private minHessian = 0;
  /** What the leaf itself would add to the two sides' sum. */
  private whole = 0;

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
    return this.found();
  }

  start(leaf: LeafSums): void {
    this.leaf = leaf;
    this.minHessian = this.leastHessian(leaf);
    this.whole = (leaf.gradient * leaf.gradient) / (leaf.hessian + this.l2);
    this.best[Best.sum] = this.whole + MIN_GAIN;
    this.best[Best.feature] = -1;
  }

  /** The best of what was scanned since `start`. */
  found(): Split | null {
    const { best } = this;
    if (best[Best.feature] === -1) return null;
    return {
      feature: best[Best.feature]!,
      bin: best[Best.bin]!,
      missingLeft: best[Best.missingLeft] === 1,
      gain: best[Best.sum]! - this.whole,
      leftGradient: best[Best.gradient]!,
      leftHessian: best[Best.hessian]!,
    };
  }

  /** Considers every split of one feature, whose own histogram starts at `sums[first]`. */
  scan(feature: FeatureBins, position: number, sums: Float64Array, first: number): void {
    if (feature.categorical) this.scanCategories(feature, position, sums, first);
    else {
      this.scanThresholds(feature, position, sums, first, false);
      // Without a missing value in this leaf the other direction would go through the same splits.
      const missing = feature.hasMissing && sums[first + 2 * feature.bins + 1] !== 0;
      if (missing) this.scanThresholds(feature, position, sums, first, true);
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
    const { l2, minHessian } = this;
    const { gradient, hessian } = this.leaf;
    let most = this.best[Best.sum]!;
    let bestBin = -1;
    for (let bin = 0; bin < bins; bin++) {
      const left = sums[first + 2 * bin]!;
      const leftHessian = sums[first + 2 * bin + 1]!;
      const rightHessian = hessian - leftHessian;
      if (leftHessian < minHessian || rightHessian < minHessian) continue;
      const right = gradient - left;
      const leftNorm = leftHessian + l2;
      const rightNorm = rightHessian + l2;
      const sum = (left * left * rightNorm + right * right * leftNorm) / (leftNorm * rightNorm);
      if (sum <= most) continue;
      most = sum;
      bestBin = bin;
    }
    if (bestBin < 0) return;
    const at = first + 2 * bestBin;
    this.best.set([most, position, bestBin, 0, sums[at]!, sums[at + 1]!]);
  }

  /** Bins 0..bin against the rest, with the missing values on the named side; "all present" against "missing" is one of them. */
  private scanThresholds(
    { bins, hasMissing }: FeatureBins,
    position: number,
    sums: Float64Array,
    first: number,
    missingLeft: boolean,
  ): void {
    const { l2, minHessian } = this;
    const { gradient, hessian } = this.leaf;
    const missing = first + 2 * bins;
    const last = first + 2 * (hasMissing && !missingLeft ? bins : bins - 1);
    let left = missingLeft ? sums[missing]! : 0;
    let leftHessian = missingLeft ? sums[missing + 1]! : 0;
    let most = this.best[Best.sum]!;
    let bestAt = -1;
    let bestLeft = 0;
    let bestHessian = 0;
    for (let at = first; at < last; at += 2) {
      const added = sums[at + 1]!;
      // An empty bin makes no new split; every row has some hessian.
      if (added === 0) continue;
      left += sums[at]!;
      leftHessian += added;
      if (leftHessian < minHessian) continue;
      const rightHessian = hessian - leftHessian;
      if (rightHessian < minHessian) break;
      const right = gradient - left;
      const leftNorm = leftHessian + l2;
      const rightNorm = rightHessian + l2;
      const sum = (left * left * rightNorm + right * right * leftNorm) / (leftNorm * rightNorm);
      if (sum <= most) continue;
      most = sum;
      bestAt = at;
      bestLeft = left;
      bestHessian = leftHessian;
    }
    if (bestAt < 0) return;
    const bin = (bestAt - first) / 2;
    this.best.set([most, position, bin, missingLeft ? 1 : 0, bestLeft, bestHessian]);
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
