import { meanAndDeviation, type Spread } from "../../evaluation/spread.js";
import type { Matrix } from "../../matrix.js";
import { sharedArray } from "../../threads/shared.js";
import { SOLO, type Team } from "../../threads/team.js";
import { type ImportanceInput, importancePart } from "./importance-part.js";
import { JUDGED, REPEATS } from "./measure-columns.js";

export const MAX_ROWS = 5_000;

/** How much worse the model gets when one feature's values are dealt out among the rows at random. */
export interface PermutationImportance {
  feature: string;
  /** Fall of the AUC. */
  auc: Spread;
  /** Rise of the log-loss. */
  log_loss: Spread;
}

export interface Importances {
  rows: number;
  repeats: number;
  features: PermutationImportance[];
}

/**
 * Breiman's (2001) permutation importance on at most 5 000 of the rows: the first ones, which are a random sample because
 * held-out rows stand in the order of their keys' hashes. All features are dealt out by the same five orders, which
 * follow from the seed. Cost: features x 5 predictions of the sample, of which trees walk only the rows that the
 * feature leads through them; each thread takes features of its own.
 */
export function permutationImportance(
  matrix: Matrix,
  labels: Uint8Array,
  { learner, scoring }: Pick<ImportanceInput, "learner" | "scoring">,
  seed: number,
  team: Team = SOLO,
): Importances {
  const rows = Math.min(matrix.rows, MAX_ROWS);
  const { columns } = matrix;
  const values = sharedArray(Float32Array, rows * columns.length);
  values.set(matrix.values.subarray(0, values.length));
  const judged = sharedArray(Uint8Array, rows);
  judged.set(labels.subarray(0, rows));
  const out = sharedArray(Float64Array, columns.length * REPEATS * JUDGED);
  const work = team.begin(importancePart, {
    sample: { rows, columns, values },
    labels: judged,
    learner,
    scoring,
    seed,
    out,
  });
  work.run(0);
  work.end();
  const features = columns.map(({ name }, column) => {
    const of = (measure: number) =>
      meanAndDeviation(
        Array.from({ length: REPEATS }, (_, repeat) => out[(column * REPEATS + repeat) * JUDGED + measure]!),
      );
    return { feature: name, auc: of(0), log_loss: of(1) };
  });
  return { rows, repeats: REPEATS, features };
}
