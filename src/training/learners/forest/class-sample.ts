import type { LabelWeights } from "../../tasks/binary/class-weight.js";
import type { BinnedMatrix } from "../boosting/binned.js";
import type { LeafSums } from "../boosting/find-split.js";
import { CELL_BYTES, State } from "../boosting/split-kernels.js";
import type { ForestParams } from "./params.js";
import { featuresTogether, type Sample, type SampleSums } from "./sample.js";
import {
  COUNTS_AT,
  COUNTS_BYTES,
  compileSample,
  type SampleKernels,
  type SampleLayout,
  STATE_AT,
  sampleLayout,
} from "./sample-records.js";

/** Of two classes. Sums: gradient = weight of the rows with label 1, hessian = weight of all, so that the gain is Gini's. */
export class ClassSample implements Sample {
  readonly together: number;
  readonly bytes: Uint8Array;
  readonly numbers: Float64Array;
  readonly state: Float64Array;
  readonly kernels: SampleKernels;
  private readonly layout: SampleLayout;
  private readonly counts: Uint32Array;
  private readonly sums: Float64Array;
  private readonly sumsAt: number;
  private readonly recordsAt: number;

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly labels: Uint8Array,
    private readonly weights: LabelWeights,
    params: ForestParams,
  ) {
    const features = binned.features.length;
    this.layout = sampleLayout(features);
    this.together = featuresTogether(features, params.max_features, Math.sqrt(features));
    this.sumsAt = COUNTS_AT + this.together * COUNTS_BYTES;
    this.recordsAt = this.sumsAt + 256 * CELL_BYTES;
    const end = this.recordsAt + binned.rows * this.layout.bytes;
    const { memory, functions } = compileSample(features, this.together, end);
    this.kernels = functions;
    this.bytes = new Uint8Array(memory);
    this.numbers = new Float64Array(memory);
    this.counts = new Uint32Array(memory, COUNTS_AT, (this.together * COUNTS_BYTES) / 4);
    this.sums = new Float64Array(memory, this.sumsAt, 2 * 256);
    this.state = new Float64Array(memory, STATE_AT, State.slots);
  }

  write(drawn: Uint8Array): SampleSums {
    const { bytes, layout, labels, recordsAt } = this;
    const { codes, features } = this.binned;
    const width = features.length;
    let at = recordsAt;
    let positives = 0;
    let rows = 0;
    for (let row = 0; row < drawn.length; row++) {
      const times = drawn[row]!;
      if (times === 0) continue;
      for (let k = 0; k < width; k++) bytes[at + k] = codes[row * width + k]!;
      bytes[at + layout.drawn] = times;
      bytes[at + layout.positive] = labels[row] ? times : 0;
      positives += labels[row] ? times : 0;
      rows += times;
      at += layout.bytes;
    }
    const [negative, positive] = this.weights;
    const gradient = positive * positives;
    const hessian = gradient + negative * (rows - positives);
    return { from: recordsAt, to: at, gradient, hessian, rows };
  }

  isPure({ gradient, hessian }: LeafSums): boolean {
    return gradient === 0 || gradient === hessian;
  }

  rowsOf(from: number, to: number): number {
    let rows = 0;
    for (let at = from + this.layout.drawn; at < to; at += this.layout.bytes) rows += this.bytes[at]!;
    return rows;
  }

  sumUp(
    from: number,
    to: number,
    features: Uint16Array,
    search: (position: number, sumsAt: number) => void,
  ): void {
    const { counts, sums, binned } = this;
    const [negative, positive] = this.weights;
    this.kernels.count(from, to, COUNTS_AT, ...features);
    for (let k = 0; k < features.length; k++) {
      const base = (k * COUNTS_BYTES) / 4;
      for (let code = 0; code < binned.features[features[k]!]!.codes; code++) {
        const rows = counts[base + 2 * code]!;
        const positives = counts[base + 2 * code + 1]!;
        sums[2 * code] = positive * positives;
        sums[2 * code + 1] = positive * positives + negative * (rows - positives);
        counts[base + 2 * code] = 0;
        counts[base + 2 * code + 1] = 0;
      }
      search(features[k]!, this.sumsAt);
    }
  }
}
