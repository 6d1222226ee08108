import type { BinnedMatrix, FeatureBins } from "./bins.js";

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

export interface SplitLimits {
  l2: number;
  minLeafRows: number;
}

/** Smaller gains are rounding, not signal. */
const MIN_GAIN = 1e-10;

/**
 * The best split of a leaf, from its histogram starting at cell `base`, or null. Gain is
 * GL^2/(HL+l2) + GR^2/(HR+l2) - G^2/(H+l2) (Chen & Guestrin 2016, eq. 7, without the factor 1/2).
 * Rows per side are judged by their share of the hessian, as LightGBM does: the histogram holds no counts.
 */
export function findSplit(
  binned: BinnedMatrix,
  histogram: Float64Array,
  base: number,
  leaf: LeafSums,
  limits: SplitLimits,
): Split | null {
  const minHessian = Math.max(1e-3, ((limits.minLeafRows - 0.5) * leaf.hessian) / leaf.rows);
  const scan: Scan = { histogram, leaf, l2: limits.l2, minHessian, best: null };
  for (const [position, feature] of binned.features.entries()) {
    const first = base + feature.offset;
    if (feature.categorical) scanCategories(scan, position, feature, first);
    else {
      scanThresholds(scan, position, feature, first, false);
      if (feature.hasMissing) scanThresholds(scan, position, feature, first, true);
    }
  }
  return scan.best;
}

interface Scan {
  histogram: Float64Array;
  leaf: LeafSums;
  l2: number;
  minHessian: number;
  best: Split | null;
}

/** One category against all others; a missing value is not that category and goes right. */
function scanCategories(scan: Scan, position: number, { bins }: FeatureBins, first: number): void {
  for (let bin = 0; bin < bins; bin++) {
    const cell = 2 * (first + bin);
    consider(scan, position, bin, false, scan.histogram[cell]!, scan.histogram[cell + 1]!);
  }
}

/** Bins 0..bin against the rest, with the missing values on the named side; "all present" against "missing" is one of them. */
function scanThresholds(
  scan: Scan,
  position: number,
  feature: FeatureBins,
  first: number,
  missingLeft: boolean,
): void {
  const { histogram, leaf, minHessian } = scan;
  const { bins, hasMissing } = feature;
  const missing = 2 * (first + bins);
  let gradient = missingLeft ? histogram[missing]! : 0;
  let hessian = missingLeft ? histogram[missing + 1]! : 0;
  const last = hasMissing && !missingLeft ? bins : bins - 1;
  for (let bin = 0; bin < last; bin++) {
    const cell = 2 * (first + bin);
    gradient += histogram[cell]!;
    hessian += histogram[cell + 1]!;
    if (leaf.hessian - hessian < minHessian) break;
    consider(scan, position, bin, missingLeft, gradient, hessian);
  }
}

function consider(
  scan: Scan,
  feature: number,
  bin: number,
  missingLeft: boolean,
  leftGradient: number,
  leftHessian: number,
): void {
  const { leaf, l2, minHessian, best } = scan;
  const rightHessian = leaf.hessian - leftHessian;
  if (leftHessian < minHessian || rightHessian < minHessian) return;
  const rightGradient = leaf.gradient - leftGradient;
  const gain =
    (leftGradient * leftGradient) / (leftHessian + l2) +
    (rightGradient * rightGradient) / (rightHessian + l2) -
    (leaf.gradient * leaf.gradient) / (leaf.hessian + l2);
  // Strictly greater: the first of equal splits wins, whatever the machine.
  if (gain > (best?.gain ?? MIN_GAIN)) {
    scan.best = { feature, bin, missingLeft, gain, leftGradient, leftHessian };
  }
}
