import { expect, test } from "vitest";
import { encodeRow, learnDesign } from "../../src/training/learners/logistic/design.js";
import { DesignRows } from "../../src/training/learners/logistic/design-rows.js";
import { deriveKernel } from "../../src/training/learners/logistic/logistic-part.js";
import { allRows, sharedArray } from "../../src/training/threads/shared.js";
import { uniform } from "./tables.js";

/** Numbers, every third with missing values, and a category of five. */
function table(rows: number, numbers: number) {
  const columns = [
    ...Array.from({ length: numbers }, (_, k) => ({ name: `n${k}` })),
    { name: "category", vocabulary: ["a", "b", "c", "d", "e"] },
  ];
  const values = sharedArray(Float32Array, rows * columns.length);
  for (let at = 0; at < values.length; at++) {
    const column = at % columns.length;
    const drawn = uniform(at, 7);
    const isMissing = column % 3 === 0 && uniform(at, 8) < 0.2;
    values[at] = isMissing ? Number.NaN : column === numbers ? Math.floor(5 * drawn) : 10 * drawn - 3;
  }
  return { matrix: { rows, columns, values }, labels: Uint8Array.from({ length: rows }, (_, k) => k % 2) };
}

// Widths of less and of more than a round of the kernels' loops, odd and even; rows that end within a group and a chunk.
test.each([
  [1, 5],
  [6, 131],
  [13, 257],
  [40, 300],
])("loss, gradient and Hessian of %i numbers and %i rows are what the formulas say", (numbers, count) => {
  const { matrix, labels } = table(count, numbers);
  const design = learnDesign(matrix, allRows(count));
  const { width } = design;
  const weights = Float64Array.from({ length: width }, (_, k) => uniform(k, 9) - 0.5);
  const countOf = (row: number) => 1 + (row % 3);
  const some = Uint32Array.from({ length: Math.ceil(count / 2) }, (_, k) => 2 * k);
  for (const rows of [allRows(count), some]) {
    const sums = new DesignRows(matrix, design, { labels, countOf }, 1, true, deriveKernel);
    sums.setWeights(weights, width);
    const loss = sums.sumUp(rows, 0, rows.length);

    let expected = 0;
    const gradient = new Float64Array(width);
    const hessian = new Float64Array(width * width);
    const row = new Float64Array(width);
    for (const index of rows) {
      encodeRow(design, matrix.values, index * matrix.columns.length, row);
      const score = row.reduce((sum, value, k) => sum + value * weights[k]!, 0);
      const probability = 1 / (1 + Math.exp(-score));
      expected -= countOf(index) * Math.log(labels[index] ? probability : 1 - probability);
      for (let i = 0; i < width; i++) {
        gradient[i]! += countOf(index) * (probability - labels[index]!) * row[i]!;
        for (let j = 0; j <= i; j++)
          hessian[i * width + j]! += countOf(index) * probability * (1 - probability) * row[i]! * row[j]!;
      }
    }
    expect(loss).toBeCloseTo(expected, 8);
    for (let i = 0; i < width; i++) {
      expect(sums.gradient[i]).toBeCloseTo(gradient[i]!, 8);
      for (let j = 0; j <= i; j++)
        expect(sums.hessian[i * sums.stride + j]).toBeCloseTo(hessian[i * width + j]!, 8);
    }
  }
});
