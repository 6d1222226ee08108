import { type SampleWeights, weightUnit } from "../../../sample-weights.js";
import { type Part, type Place, partKind } from "../../../threads/part.js";
import { ownRange } from "../../../threads/shared.js";
import type { PackedByte } from "../binned.js";
import { type BoostingExchange, BoostingTask } from "../boosting-part.js";
import {
  compileSoftmax,
  PLACE_AT,
  type RowLayout,
  rowLayout,
  type SoftmaxKernels,
} from "./softmax-kernels.js";

/** As of one class after the other; `scores` has one for each row judged on and class. */
export interface SoftmaxExchange extends BoostingExchange {
  /** The class whose tree is being grown. */
  class: Int32Array;
}

export interface SoftmaxInput {
  codes: Uint8Array;
  bytes: PackedByte[];
  cells: number;
  labels: Uint8Array;
  /** Rows fitted on and rows judged on; shared. */
  fit: Uint32Array;
  validate: Uint32Array;
  /** Where each class' scores start. */
  baseScores: Float64Array;
  /** Of each row of the table; null: they count the same. */
  weights: SampleWeights;
  leaves: number;
  exchange: SoftmaxExchange;
}

/**
 * Derivatives are rounded to multiples of 2^-22 (of the weights' next power of two): they then fit a float32 exactly, and a
 * float64 sum of up to 2^30 of them is exact, so that a histogram depends neither on the order nor on the place of summing.
 */
const GRADIENT_STEPS = 2 ** 22;
/** Losses are rounded to multiples of 2^-24: their float64 sums are exact, in whatever order, up to 2^24 rows. */
const LOSS_STEPS = 2 ** 24;
/** Of a probability of 1e-15 for what happened. */
const MAX_LOSS = 34.54;
const GOES_LEFT_AT = 0;
const HISTOGRAM_AT = 256;

interface Leaves {
  from: Uint32Array;
  to: Uint32Array;
}

/** A thread's share of the rows of a fit of several classes; they lie in memory of its own. */
export class SoftmaxPart implements Part {
  private readonly layout: RowLayout;
  private readonly kernels: SoftmaxKernels;
  private readonly memory: { bytes: Uint8Array; numbers: Float64Array; words: Uint32Array };
  private readonly fitted: Leaves;
  private readonly judged: Leaves;
  /** Addresses, from and to. */
  private readonly whole: { fitted: [number, number]; judged: [number, number] };
  /** Addresses: scores by row and class, derivatives likewise, labels, weights of the rows where they have some. */
  private readonly at: { scores: number; derivatives: number; labels: number; weights: number };
  /** A power of two no less than any weight. */
  private readonly unit: number;
  private readonly rows: { fitted: number; judged: number; judgedFrom: number };

  constructor(
    private readonly input: SoftmaxInput,
    private readonly place: Place,
  ) {
    const classes = input.baseScores.length;
    this.layout = rowLayout(input.bytes.length);
    const [fitFrom, fitTo] = ownRange(input.fit.length, place);
    const [validateFrom, validateTo] = ownRange(input.validate.length, place);
    this.rows = { fitted: fitTo - fitFrom, judged: validateTo - validateFrom, judgedFrom: validateFrom };
    const records = HISTOGRAM_AT + 16 * input.cells;
    const middle = records + this.rows.fitted * this.layout.bytes;
    const end = middle + this.rows.judged * this.layout.bytes;
    const all = this.rows.fitted + this.rows.judged;
    const derivatives = end + 8 * classes * all;
    const weights = derivatives + 8 * classes * this.rows.fitted;
    this.unit = input.weights ? weightUnit(input.weights) : 1;
    const isWeighted = input.weights !== null;
    this.at = { scores: end, derivatives, weights, labels: weights + (isWeighted ? 8 * all : 0) };
    const { memory, functions } = compileSoftmax(
      input.bytes,
      this.layout,
      classes,
      { steps: GRADIENT_STEPS / this.unit, isWeighted },
      this.at.labels + all,
    );
    this.kernels = functions;
    this.memory = {
      bytes: new Uint8Array(memory),
      numbers: new Float64Array(memory),
      words: new Uint32Array(memory),
    };
    this.fitted = { from: new Uint32Array(input.leaves), to: new Uint32Array(input.leaves) };
    this.judged = { from: new Uint32Array(input.leaves), to: new Uint32Array(input.leaves) };
    this.whole = { fitted: [records, middle], judged: [middle, end] };
    this.write(input.fit.subarray(fitFrom, fitTo), records, 0);
    this.write(input.validate.subarray(validateFrom, validateTo), middle, this.rows.fitted);
  }

  run(task: number): void {
    if (task === BoostingTask.split) this.split();
    else if (task === BoostingTask.startTree) this.startTree();
    else if (task === BoostingTask.finishTree) this.finishTree();
    else this.keepScores();
  }

  private write(rows: Uint32Array, address: number, firstPlace: number): void {
    const { codes, bytes, labels, weights, baseScores } = this.input;
    const { memory, layout, at } = this;
    const width = bytes.length;
    for (let k = 0; k < rows.length; k++) {
      const [row, place, record] = [rows[k]!, firstPlace + k, address + k * layout.bytes];
      memory.words[(record + PLACE_AT) >>> 2] = place;
      for (let byte = 0; byte < width; byte++)
        memory.bytes[record + layout.codes + byte] = codes[row * width + byte]!;
      memory.bytes[at.labels + place] = labels[row]!;
      if (weights) memory.numbers[at.weights / 8 + place] = weights[row]!;
      memory.numbers.set(baseScores, at.scores / 8 + place * baseScores.length);
    }
  }

  /** All trees of a round are grown on what was answered before it. */
  private startTree(): void {
    const { fitted, judged, whole, at, kernels } = this;
    const of = this.input.exchange.class[0]!;
    const rowBytes = 8 * this.input.baseScores.length;
    if (of === 0)
      kernels.derive(
        at.scores,
        at.scores + rowBytes * this.rows.fitted,
        at.derivatives,
        at.labels,
        at.weights,
      );
    kernels.take(...whole.fitted, at.derivatives + 8 * of);
    [fitted.from[0], fitted.to[0]] = whole.fitted;
    [judged.from[0], judged.to[0]] = whole.judged;
    this.sumUp(0);
  }

  private split(): void {
    const { exchange } = this.input;
    const [slot, right] = [exchange.split[0]!, exchange.split[1]!];
    const [byte, summed] = [exchange.split[2]!, exchange.split[3]!];
    this.memory.bytes.set(exchange.goesLeft, GOES_LEFT_AT);
    for (const leaves of [this.fitted, this.judged]) {
      const [from, to] = [leaves.from[slot]!, leaves.to[slot]!];
      const middle = from === to ? to : this.kernels.partition(from, to, byte, GOES_LEFT_AT) >>> 0;
      leaves.to[slot] = middle;
      leaves.from[right] = middle;
      leaves.to[right] = to;
    }
    const leftBytes = this.fitted.to[slot]! - this.fitted.from[slot]!;
    exchange.leftRows[this.place.thread] = leftBytes / this.layout.bytes;
    if (summed >= 0) this.sumUp(summed);
  }

  private sumUp(slot: number): void {
    const { input, place, memory, fitted } = this;
    const size = 2 * input.cells;
    const histogram = memory.numbers.subarray(HISTOGRAM_AT / 8, HISTOGRAM_AT / 8 + size).fill(0);
    this.kernels.addToHistogram(fitted.from[slot]!, fitted.to[slot]!, HISTOGRAM_AT);
    // The thread that leads looks at its own sums.
    if (place.thread === 0) input.exchange.leading = histogram;
    else input.exchange.histograms.set(histogram, place.thread * size);
  }

  private finishTree(): void {
    const { exchange, leaves, baseScores } = this.input;
    const of = exchange.class[0]!;
    for (let slot = 0; slot < leaves; slot++) {
      const value = exchange.values[slot]!;
      if (Number.isNaN(value)) break;
      for (const { from, to } of [this.fitted, this.judged])
        this.kernels.addToScores(from[slot]!, to[slot]!, this.at.scores + 8 * of, value);
    }
    if (of === baseScores.length - 1) exchange.losses[this.place.thread] = this.loss();
  }

  private loss(): number {
    const { numbers, bytes } = this.memory;
    const { rows, at } = this;
    const isWeighted = this.input.weights !== null;
    const classes = this.input.baseScores.length;
    const lossSteps = LOSS_STEPS / this.unit;
    let steps = 0;
    for (let place = rows.fitted; place < rows.fitted + rows.judged; place++) {
      const [first, label] = [at.scores / 8 + place * classes, bytes[at.labels + place]!];
      let most = numbers[first]!;
      for (let k = 1; k < classes; k++) most = Math.max(most, numbers[first + k]!);
      let sum = 0;
      for (let k = 0; k < classes; k++) sum += Math.exp(numbers[first + k]! - most);
      const loss = Math.log(sum) + most - numbers[first + label]!;
      const weight = isWeighted ? numbers[at.weights / 8 + place]! : 1;
      steps += Math.round(weight * Math.min(loss, MAX_LOSS) * lossSteps);
    }
    return steps / lossSteps;
  }

  private keepScores(): void {
    const { rows, at, memory, input } = this;
    const classes = input.baseScores.length;
    const from = at.scores / 8 + rows.fitted * classes;
    const own = memory.numbers.subarray(from, from + rows.judged * classes);
    input.exchange.scores.set(own, rows.judgedFrom * classes);
  }
}

export const softmaxPart = partKind<SoftmaxInput>("softmax boosting", SoftmaxPart);
