import { numberBounds, numbersInWords, within } from "./bounds.js";
import { NUMERIC } from "./each-value.js";
import { defineExpectation } from "./expectation.js";
import type { StagedSet } from "./staged-set.js";

export const meanBetween = defineExpectation({
  name: "mean_between",
  options: numberBounds,
  columnTypes: NUMERIC,
  contradiction: null,
  label: null,
  rule: (bounds) => `must have a mean ${numbersInWords(bounds)}`,
  refersTo: null,
  evaluation: {
    over: "file",
    observes: ["mean", "values"],
    observe: async (_, set) => ({ ...(await meanOf(set)) }),
    problem: (bounds, { mean }) => {
      if (mean === null || mean === undefined) return "no values";
      return within(bounds, mean) ? null : `mean ${Number(mean.toPrecision(6))}`;
    },
  },
  docs: {
    example: "`.meanBetween`",
    on: "int, bigint, float, decimal",
    share: null,
    greatExpectations: "expect_column_mean_to_be_between",
  },
});

const OUT_OF_RANGE = "22003";
/** A power of two, so that dividing by it loses nothing; as many rows as that could not overflow any more. */
const SCALE = 2 ** 64;

interface Mean {
  mean: number | null;
  values: number;
}

/**
 * Where the sum is beyond a double though the mean is not, of the values scaled down. Not `avg`: PostgreSQL keeps the sum
 * of the squares beside it, which overflows at the root of the largest double.
 */
async function meanOf({ db, table, column }: StagedSet): Promise<Mean> {
  const query = async (value: string): Promise<Mean> => {
    const { rows } = await db.query<{ sum: number | null; values: number }>(
      `select sum(${value})::float8 as sum, count(${column})::int as values from ${table}`,
    );
    const { sum, values } = rows[0]!;
    return { mean: sum === null ? null : sum / values, values };
  };
  try {
    return await query(column);
  } catch (error) {
    if ((error as { code?: unknown }).code !== OUT_OF_RANGE) throw error;
  }
  // Beside such values those that would scale down to nothing are nothing.
  const scaled = `case when abs(${column}) > 1e-200 then ${column} / ${SCALE}::float8 when ${column} is not null then 0 end`;
  const { mean, values } = await query(scaled);
  const most = Number.MAX_VALUE;
  return { mean: mean === null ? null : Math.min(most, Math.max(-most, mean * SCALE)), values };
}
