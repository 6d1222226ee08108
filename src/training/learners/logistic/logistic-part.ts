import type { Matrix } from "../../matrix.js";
import type { LabelWeights } from "../../tasks/binary/class-weight.js";
import { type Part, type Place, partKind } from "../../threads/part.js";
import { type Design, encodeRow } from "./design.js";
import { compileRankUpdate, type RankUpdate, ROWS_TOGETHER } from "./rank-update.js";

/**
 * Rows are summed up in so many blocks, and the blocks' sums in order: the result does not depend on the number of
 * threads. More would let more threads take part and make the shared sums longer.
 */
export const MAX_BLOCKS = 64;
const MIN_BLOCK_ROWS = 1024;

export interface LogisticInput {
  matrix: Matrix;
  labels: Uint8Array;
  classWeights: LabelWeights;
  /** Rows fitted on; shared. */
  rows: Uint32Array;
  design: Design;
  /** Where the derivatives are taken; shared. */
  weights: Float64Array;
  /** Out, per block: loss, gradient (width), Hessian (width x width, lower triangle); shared. */
  sums: Float64Array;
}

export function blocksOf(rows: number): number {
  return Math.max(1, Math.min(MAX_BLOCKS, Math.ceil(rows / MIN_BLOCK_ROWS)));
}

export function sumsPerBlock(width: number): number {
  return 1 + width + width * width;
}

/** Sums loss, gradient and Hessian over every T-th block of the rows. */
export class LogisticPart implements Part {
  private readonly update: RankUpdate;
  private readonly row: Float64Array;

  constructor(
    private readonly input: LogisticInput,
    private readonly place: Place,
  ) {
    this.update = compileRankUpdate(input.design.width);
    this.row = new Float64Array(input.design.width);
  }

  run(): void {
    const blocks = blocksOf(this.input.rows.length);
    for (let block = this.place.thread; block < blocks; block += this.place.threads)
      this.sumUp(block, blocks);
  }

  private sumUp(block: number, blocks: number): void {
    const { rows, design, sums } = this.input;
    const { width } = design;
    const base = block * sumsPerBlock(width);
    const gradient = sums.subarray(base + 1, base + 1 + width).fill(0);
    this.update.hessian.fill(0);
    const end = Math.floor((rows.length * (block + 1)) / blocks);
    let loss = 0;
    for (let k = Math.floor((rows.length * block) / blocks); k < end; k += ROWS_TOGETHER) {
      loss += this.addRows(k, Math.min(ROWS_TOGETHER, end - k), gradient);
    }
    sums[base] = loss;
    const { hessian, stride } = this.update;
    for (let i = 0; i < width; i++) {
      sums.set(hessian.subarray(i * stride, i * stride + width), base + 1 + width + i * width);
    }
  }

  /** @returns the loss of the rows. */
  private addRows(first: number, count: number, gradient: Float64Array): number {
    const { matrix, labels, rows, design, weights, classWeights } = this.input;
    const { update, row } = this;
    const { width } = design;
    let loss = 0;
    for (let k = 0; k < ROWS_TOGETHER; k++) {
      if (k >= count) {
        update.curvatures[k] = 0;
        continue;
      }
      const index = rows[first + k]!;
      const label = labels[index]!;
      encodeRow(design, matrix.values, index * matrix.columns.length, row);
      let score = 0;
      for (let j = 0; j < width; j++) score += weights[j]! * row[j]!;
      const weight = classWeights[label]!;
      const probability = 1 / (1 + Math.exp(-score));
      const residual = weight * (probability - label);
      for (let j = 0; j < width; j++) {
        gradient[j]! += residual * row[j]!;
        update.rows[k * update.stride + j] = row[j]!;
      }
      update.curvatures[k] = weight * probability * (1 - probability);
      loss += weight * (Math.max(score, 0) - score * label + Math.log1p(Math.exp(-Math.abs(score))));
    }
    update.add();
    return loss;
  }
}

export const logisticPart = partKind<LogisticInput>("logistic", LogisticPart);
