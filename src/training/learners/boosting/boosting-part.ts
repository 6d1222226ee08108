import type { SampleWeights } from "../../sample-weights.js";
import type { Labels } from "../../tasks/labels.js";
import { type Part, type Place, partKind } from "../../threads/part.js";
import { ownRange } from "../../threads/shared.js";
import type { PackedByte } from "./binned.js";
import { type Objective, workOf } from "./objective.js";
import type { ObjectiveWork } from "./objective-work.js";
import { compileRecords, type RecordKernels, type RecordLayout, recordLayout, SCORE_AT } from "./records.js";

export const BoostingTask = {
  startTree: 0,
  split: 1,
  finishTree: 2,
  keepScores: 3,
  keepResiduals: 4,
} as const;

/** What the threads of one fit tell each other; all in shared memory. */
export interface BoostingExchange {
  /** Of `split`: the leaf's slot, the slot of its new right side, the byte split on, and the slot to sum up (-1: neither). */
  split: Int32Array;
  /** Of `split`: 1 for each value of that byte that goes left. */
  goesLeft: Uint8Array;
  /** Of `finishTree`: each slot's value; NaN ends the list. */
  values: Float64Array;
  /** Out, by `startTree` and `split`: per thread but the first, 2 x cells sums. */
  histograms: Float64Array;
  /** Those of the first thread, which leads: in memory of its own. */
  leading: Float64Array;
  /** Out, by `split`: per thread, rows of the left side. */
  leftRows: Float64Array;
  /** Out, by `finishTree`: per thread, the summed loss of the rows judged on. */
  losses: Float64Array;
  /** Out, by `keepScores`: scores of the rows judged on. */
  scores: Float64Array;
  /** Out, by `keepResiduals`: label less score of the rows fitted on, by leaf and thread; empty where no leaf asks for them. */
  residuals: Float64Array;
  /** Out, beside them: the rows' weights; empty where they have none. */
  residualWeights: Float64Array;
  /** Out, by `keepResiduals`: per thread, from and to in `residuals` of each slot. */
  places: Uint32Array;
}

export interface BoostingInput {
  codes: Uint8Array;
  bytes: PackedByte[];
  cells: number;
  labels: Labels;
  /** Of each row of the table; null: the objective says what rows count. */
  weights: SampleWeights;
  /** Rows fitted on and rows judged on; shared. */
  fit: Uint32Array;
  validate: Uint32Array;
  baseScore: number;
  /** Scores of every row of the table to start from in place of `baseScore`. */
  margins: Float64Array | null;
  objective: Objective;
  leaves: number;
  exchange: BoostingExchange;
}

/** Addresses of the first and past the last record, by slot. */
interface Leaves {
  from: Uint32Array;
  to: Uint32Array;
}

const GOES_LEFT_AT = 0;
const HISTOGRAM_AT = 256;

/** A thread's share of the rows of a fit; they lie in memory of its own. Rows judged on follow their leaves without weight. */
export class BoostingPart implements Part {
  private readonly objective: ObjectiveWork;
  private readonly layout: RecordLayout;
  private readonly kernels: RecordKernels;
  private readonly memory: { bytes: Uint8Array; numbers: Float64Array; words: Uint32Array };
  private readonly fitted: Leaves;
  private readonly judged: Leaves;
  private readonly whole: { fitted: [number, number]; judged: [number, number] };

  constructor(
    private readonly input: BoostingInput,
    private readonly place: Place,
  ) {
    this.objective = workOf(input.objective);
    this.layout = recordLayout(input.bytes.length, this.objective.labelBytes, input.weights !== null);
    const [fitFrom, fitTo] = ownRange(input.fit.length, place);
    const [validateFrom, validateTo] = ownRange(input.validate.length, place);
    const records = HISTOGRAM_AT + 16 * input.cells;
    const middle = records + (fitTo - fitFrom) * this.layout.bytes;
    const end = middle + (validateTo - validateFrom) * this.layout.bytes;
    const { memory, functions } = compileRecords(
      input.bytes,
      this.layout,
      this.objective.boost(this.layout),
      end,
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
    this.write(input.fit, fitFrom, fitTo, records);
    this.write(input.validate, validateFrom, validateTo, middle);
    functions.boost(records, middle, 0);
  }

  run(task: number): void {
    if (task === BoostingTask.split) this.split();
    else if (task === BoostingTask.startTree) this.startTree();
    else if (task === BoostingTask.finishTree) this.finishTree();
    else if (task === BoostingTask.keepScores) this.keepScores();
    else this.keepResiduals();
  }

  private write(rows: Uint32Array, from: number, to: number, address: number): void {
    const { codes, bytes, labels, weights, baseScore, margins } = this.input;
    const { memory, layout } = this;
    const width = bytes.length;
    const isWide = this.objective.labelBytes === 8;
    let at = address;
    for (let k = from; k < to; k++, at += layout.bytes) {
      const row = rows[k]!;
      memory.words[at >>> 2] = k;
      memory.numbers[(at + SCORE_AT) >>> 3] = margins ? margins[row]! : baseScore;
      for (let byte = 0; byte < width; byte++)
        memory.bytes[at + layout.codes + byte] = codes[row * width + byte]!;
      if (layout.weight !== null) memory.numbers[(at + layout.weight) >>> 3] = weights![row]!;
      if (isWide) memory.numbers[(at + layout.label) >>> 3] = labels[row]!;
      else memory.bytes[at + layout.label] = labels[row]!;
    }
  }

  private startTree(): void {
    const { fitted, judged, whole } = this;
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
    const { exchange, leaves } = this.input;
    for (let slot = 0; slot < leaves; slot++) {
      const value = exchange.values[slot]!;
      if (Number.isNaN(value)) break;
      this.kernels.boost(this.fitted.from[slot]!, this.fitted.to[slot]!, value);
      this.kernels.addToScores(this.judged.from[slot]!, this.judged.to[slot]!, value);
    }
    exchange.losses[this.place.thread] = this.loss();
  }

  private loss(): number {
    const { memory, layout, whole, objective } = this;
    const isWide = objective.labelBytes === 8;
    let sum = 0;
    for (let at = whole.judged[0]; at < whole.judged[1]; at += layout.bytes) {
      const score = memory.numbers[(at + SCORE_AT) >>> 3]!;
      const label = isWide ? memory.numbers[(at + layout.label) >>> 3]! : memory.bytes[at + layout.label]!;
      const weight = layout.weight === null ? 1 : memory.numbers[(at + layout.weight) >>> 3]!;
      sum += objective.stepsOf(score, label, weight);
    }
    return sum / objective.lossSteps;
  }

  private keepScores(): void {
    const { memory, layout, whole } = this;
    for (let at = whole.judged[0]; at < whole.judged[1]; at += layout.bytes) {
      this.input.exchange.scores[memory.words[at >>> 2]!] = memory.numbers[(at + SCORE_AT) >>> 3]!;
    }
  }

  private keepResiduals(): void {
    const { memory, layout, whole, fitted, place } = this;
    const { exchange, fit, leaves } = this.input;
    const [own] = ownRange(fit.length, place);
    for (let slot = 0; slot < leaves && !Number.isNaN(exchange.values[slot]!); slot++) {
      const placeOf = (address: number) => own + (address - whole.fitted[0]) / layout.bytes;
      let to = placeOf(fitted.from[slot]!);
      exchange.places[2 * (place.thread * leaves + slot)] = to;
      for (let at = fitted.from[slot]!; at < fitted.to[slot]!; at += layout.bytes) {
        const label = memory.numbers[(at + layout.label) >>> 3]!;
        exchange.residuals[to] = label - memory.numbers[(at + SCORE_AT) >>> 3]!;
        if (layout.weight !== null)
          exchange.residualWeights[to] = memory.numbers[(at + layout.weight) >>> 3]!;
        to++;
      }
      exchange.places[2 * (place.thread * leaves + slot) + 1] = to;
    }
  }
}

export const boostingPart = partKind<BoostingInput>("boosting", BoostingPart);
