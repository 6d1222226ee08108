import type { VersionQuery } from "../../graphql/graphql.js";

type Evaluation = NonNullable<NonNullable<VersionQuery["modelVersion"]>["evaluation"]>;
export type ThresholdRow = NonNullable<Evaluation["thresholds"]>[number];

/** What a threshold comes to; null where nothing is called positive, or nothing is. */
export interface Rates {
  rows: number;
  called: number;
  precision: number | null;
  recall: number | null;
  f1: number | null;
  accuracy: number | null;
  falsePositiveRate: number | null;
}

export function ratesAt({
  truePositives,
  falsePositives,
  trueNegatives,
  falseNegatives,
}: ThresholdRow): Rates {
  const rows = truePositives + falsePositives + trueNegatives + falseNegatives;
  const called = truePositives + falsePositives;
  return {
    rows,
    called,
    precision: share(truePositives, called),
    recall: share(truePositives, truePositives + falseNegatives),
    f1: share(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
    accuracy: share(truePositives + trueNegatives, rows),
    falsePositiveRate: share(falsePositives, falsePositives + trueNegatives),
  };
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** The place of the row whose threshold is nearest. */
export function nearestTo(rows: readonly Pick<ThresholdRow, "threshold">[], threshold: number): number {
  let nearest = 0;
  for (const [index, row] of rows.entries()) {
    const distance = Math.abs(row.threshold - threshold);
    if (distance < Math.abs(rows[nearest]!.threshold - threshold)) nearest = index;
  }
  return nearest;
}

/** Where the threshold stands on each curve that goes by it. */
export function marksAt(row: ThresholdRow) {
  const { rows, called, precision, recall, falsePositiveRate } = ratesAt(row);
  const base = (row.truePositives + row.falseNegatives) / rows;
  const at = (x: number | null, y: number | null) => (x === null || y === null ? null : { x, y });
  return {
    roc: at(falsePositiveRate, recall),
    precisionRecall: at(recall, precision),
    lift: at(called / rows, precision === null || base === 0 ? null : precision / base),
  };
}
