import { learners } from "../../learners/registry.js";
import type { Matrix } from "../../matrix.js";
import type { SampleWeights } from "../../sample-weights.js";
import { type Part, type PartKind, type Place, partKind } from "../../threads/part.js";
import type { Labels } from "../labels.js";
import { featureColumns, type Loss, measureColumns } from "./measure-columns.js";

export interface ImportanceInput {
  /** The rows judged on. */
  sample: Matrix;
  labels: Labels;
  weights: SampleWeights;
  /** By name, whose model it is. */
  learner: string;
  scoring: unknown;
  seed: number;
  /** Out, as `measureColumns` writes it; shared. */
  out: Float64Array;
}

/** How a task measures features: by losses of its own, each a kind of work of that name. */
export interface ImportanceKind<L extends Labels, Name extends string> {
  readonly part: PartKind<ImportanceInput>;
  /** By the name that reports have. */
  readonly losses: Readonly<Record<Name, Loss<L>>>;
}

/** @param losses greater is worse; how far each rises is measured */
export function importanceKind<L extends Labels, Name extends string>(
  name: string,
  losses: Readonly<Record<Name, Loss<L>>>,
): ImportanceKind<L, Name> {
  /** Measures every T-th feature on a copy of the sample. */
  class ImportancePart implements Part {
    constructor(
      private readonly input: ImportanceInput,
      private readonly place: Place,
    ) {}

    run(): void {
      const { sample, labels, weights, learner, scoring, seed, out } = this.input;
      const own = { ...sample, values: Float32Array.from(sample.values) };
      const { thread, threads } = this.place;
      const features = featureColumns(sample.columns).filter((_, place) => place % threads === thread);
      const rescore = learners.get(learner).rescoring(scoring, own);
      measureColumns(
        own,
        labels as L,
        Object.values<Loss<L>>(losses),
        { rescore, seed, features, weights },
        out,
      );
    }
  }
  return { part: partKind<ImportanceInput>(name, ImportancePart), losses };
}
