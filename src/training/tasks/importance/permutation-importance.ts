import { meanAndDeviation, type Spread } from "../../evaluation/spread.js";
import type { Matrix } from "../../matrix.js";
import type { SampleWeights } from "../../sample-weights.js";
import { sharedArray } from "../../threads/shared.js";
import { SOLO, type Team } from "../../threads/team.js";
import type { LabelArray, Labels } from "../labels.js";
import type { ImportanceInput, ImportanceKind } from "./importance-part.js";
import { featureColumns, REPEATS } from "./measure-columns.js";

export const MAX_ROWS = 5_000;

/** How much worse the model gets when one feature's values are dealt out among the rows at random: by loss, its rise. */
export type PermutationImportance<Name extends string> = { feature: string } & Record<Name, Spread>;

export interface Importances<Name extends string> {
  rows: number;
  repeats: number;
  features: PermutationImportance<Name>[];
}

/** The held-out rows and their labels. */
interface Judged<L extends Labels> {
  matrix: Matrix;
  labels: L;
  labelArray: LabelArray<L>;
  weights?: SampleWeights;
}

/**
 * Breiman's (2001) permutation importance on at most 5 000 of the rows: the first ones, which are a random sample because
 * held-out rows stand in the order of their keys' hashes. All features are dealt out by the same five orders, which
 * follow from the seed. Cost: features x 5 predictions of the sample, of which trees walk only the rows that the
 * feature leads through them; each thread takes features of its own.
 */
export function permutationImportance<L extends Labels, Name extends string>(
  { part, losses }: ImportanceKind<L, Name>,
  { matrix, labels, labelArray, weights = null }: Judged<L>,
  { learner, scoring }: Pick<ImportanceInput, "learner" | "scoring">,
  seed: number,
  team: Team = SOLO,
): Importances<Name> {
  const rows = Math.min(matrix.rows, MAX_ROWS);
  const { columns } = matrix;
  const values = sharedArray(Float32Array, rows * columns.length);
  values.set(matrix.values.subarray(0, values.length));
  const judged = sharedArray(labelArray, rows);
  judged.set(labels.subarray(0, rows));
  const names = Object.keys(losses) as Name[];
  const asked = featureColumns(columns);
  const out = sharedArray(Float64Array, asked.length * REPEATS * names.length);
  const work = team.begin(part, {
    sample: { rows, columns, values },
    labels: judged,
    weights: weights?.subarray(0, rows) ?? null,
    learner,
    scoring,
    seed,
    out,
  });
  work.run(0);
  work.end();
  const features = asked.map(({ name, place }) => {
    const of = (measure: number) =>
      meanAndDeviation(
        Array.from(
          { length: REPEATS },
          (_, repeat) => out[(place * REPEATS + repeat) * names.length + measure]!,
        ),
      );
    const rises = Object.fromEntries(names.map((loss, measure) => [loss, of(measure)])) as Record<
      Name,
      Spread
    >;
    return { feature: name, ...rises };
  });
  return { rows, repeats: REPEATS, features };
}
