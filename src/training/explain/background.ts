import type { Matrix } from "../matrix.js";

/** Rows looked at; they stand in the order of their keys' hashes, so the first ones are a random sample. */
const MAX_ROWS = 200_000;

/** What is usual, by feature: a linear term is explained by its distance from that. */
export type Background = Record<string, { missing: number; categories?: number[] }>;

/** Share of missing values of each feature, and of a categorical one the share of each of its categories. */
export function backgroundOf({ rows, columns, values }: Matrix): Background {
  const looked = Math.min(rows, MAX_ROWS);
  return Object.fromEntries(
    columns.map(({ name, vocabulary }, column) => {
      let missing = 0;
      const counts = new Array<number>(vocabulary?.length ?? 0).fill(0);
      for (let row = 0; row < looked; row++) {
        const value = values[row * columns.length + column]!;
        if (Number.isNaN(value)) missing++;
        else if (vocabulary) counts[value]!++;
      }
      const categories = vocabulary && counts.map((count) => count / looked);
      return [name, { missing: missing / looked, ...(categories && { categories }) }];
    }),
  );
}
