import type { LeafSums } from "../boosting/find-split.js";
import type { SplitKernels } from "../boosting/split-kernels.js";

/** The rows drawn for a tree, in memory of the kernels that sum them up: what a task's trees are grown from. */
export interface Sample {
  /** Features that are summed up at once. */
  readonly together: number;
  /** The codes that go left are at 0 of its memory. */
  readonly bytes: Uint8Array;
  readonly numbers: Float64Array;
  /** Of a search for a split. */
  readonly state: Float64Array;
  readonly kernels: SplitKernels & {
    /** As RecordKernels.partition. */
    partition(from: number, to: number, feature: number, goesLeft: number): number;
  };
  /** Writes the rows. @returns where they are, and their sums */
  write(drawn: Uint8Array): SampleSums;
  /** Whether no split can gain anything. */
  isPure(leaf: LeafSums): boolean;
  /** How many were drawn of the records from..to. */
  rowsOf(from: number, to: number): number;
  /** Sums the records from..to up by the codes of the features; `search` is called for each while its sums are at `sumsAt`. */
  sumUp(
    from: number,
    to: number,
    features: Uint16Array,
    search: (position: number, sumsAt: number) => void,
  ): void;
}

/** Where the rows drawn are, how many they are and what they add up to. */
export interface SampleSums extends LeafSums {
  from: number;
  to: number;
}

/** Features tried at a split. @param usual where 0 is asked for */
export const featuresTogether = (features: number, asked: number, usual: number): number =>
  Math.max(1, Math.min(features, asked === 0 ? Math.round(usual) : asked));
