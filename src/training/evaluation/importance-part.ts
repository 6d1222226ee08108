import type { Matrix } from "../matrix.js";
import { repeatedScoring, type Scoring } from "../scoring/scoring.js";
import type { Part, Place } from "../threads/part.js";
import { measureColumns } from "./measure-columns.js";

export interface ImportanceInput {
  /** The rows judged on. */
  sample: Matrix;
  labels: Uint8Array;
  scoring: Scoring;
  seed: number;
  /** Out, as `measureColumns` writes it; shared. */
  out: Float64Array;
}

/** Measures every T-th feature on a copy of the sample. */
export class ImportancePart implements Part {
  constructor(
    private readonly input: ImportanceInput,
    private readonly place: Place,
  ) {}

  run(): void {
    const { sample, labels, scoring, seed, out } = this.input;
    const own = { ...sample, values: Float32Array.from(sample.values) };
    const { thread, threads } = this.place;
    const columns = [...sample.columns.keys()].filter((column) => column % threads === thread);
    measureColumns(own, labels, repeatedScoring(scoring, own), seed, columns, out);
  }
}
