import { learners } from "../../learners/registry.js";
import type { Matrix } from "../../matrix.js";
import { type Part, type Place, partKind } from "../../threads/part.js";
import { measureColumns } from "./measure-columns.js";

export interface ImportanceInput {
  /** The rows judged on. */
  sample: Matrix;
  labels: Uint8Array;
  /** By name, whose model it is. */
  learner: string;
  scoring: unknown;
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
    const { sample, labels, learner, scoring, seed, out } = this.input;
    const own = { ...sample, values: Float32Array.from(sample.values) };
    const { thread, threads } = this.place;
    const columns = [...sample.columns.keys()].filter((column) => column % threads === thread);
    const rescore = learners.get(learner).rescoring(scoring, own);
    measureColumns(own, labels, rescore, seed, columns, out);
  }
}

export const importancePart = partKind<ImportanceInput>("importance", ImportancePart);
