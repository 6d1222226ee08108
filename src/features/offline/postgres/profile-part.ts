import { type Client, quote } from "../../../db/pool.js";
import { type PartColumn, partRows, type SnapshotPart } from "../../../db/snapshots/snapshot-parts.js";
import { factsOf } from "../../../definitions/language/column-types/registry.js";
import {
  binStarts,
  binsOf,
  type ColumnProfile,
  countsOnly,
  listedValues,
  MOST_VALUES,
  QUANTILES,
} from "../../column-profile.js";

/** PostgreSQL takes 1 664 columns in one select; six are asked of each number. */
const COLUMNS_TOGETHER = 200;
/** Squares of numbers below it are numbers, too. */
const LARGE = 1e150;
const NO_MOMENTS = { mean: null, deviation: null };

/**
 * How the values of these columns are distributed. The counts and moments of all of them are one pass over the rows; each column
 * then takes a sort for its quantiles, and a pass for its histogram. One process of PostgreSQL does it: sums of parts that several add
 * up differ in the last digits from one time to the next.
 */
export async function profilePart(
  tx: Client,
  part: SnapshotPart,
  columns: readonly PartColumn[],
): Promise<ColumnProfile[]> {
  await tx.query("set local work_mem = '64MB'; set local max_parallel_workers_per_gather = 0");
  const profiles: ColumnProfile[] = [];
  for (let from = 0; from < columns.length; from += COLUMNS_TOGETHER) {
    const together = columns.slice(from, from + COLUMNS_TOGETHER);
    const overviews = await overview(tx, part, together);
    for (const [i, column] of together.entries()) {
      profiles.push(await profileColumn(tx, part, column, overviews[i]!));
    }
  }
  return profiles;
}

/** Of a number's column `finite` and what follows count neither NaN nor the infinities. */
interface Overview {
  rows: number;
  present: number;
  finite: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  deviation: number | null;
}

const isNumeric = ({ type }: PartColumn): boolean => factsOf(type).profile === "numbers";
const finiteOnly = (value: string): string =>
  `${value} between -1.7976931348623157e308 and 1.7976931348623157e308`;

async function overview(tx: Client, part: SnapshotPart, columns: readonly PartColumn[]): Promise<Overview[]> {
  const asked = columns.flatMap((column, i) => {
    const stored = `r.${quote(column.stored)}`;
    const present = `count(${stored})::int as present_${i}`;
    if (!isNumeric(column)) return [present];
    const value = `${stored}::float8`;
    const finite = `filter (where ${finiteOnly(value)})`;
    const small = `filter (where abs(${value}) < ${LARGE})`;
    return [
      present,
      `count(${stored}) ${finite}::int as finite_${i}`,
      `min(${value}) ${finite} as min_${i}`,
      `max(${value}) ${finite} as max_${i}`,
      `avg(${value}) ${small} as mean_${i}`,
      `stddev_samp(${value}) ${small} as deviation_${i}`,
    ];
  });
  const { rows } = await tx.query<Record<string, number | null>>(
    `select ${["count(*)::int as rows", ...asked].join(", ")} from ${partRows(part)} r`,
  );
  const row = rows[0]!;
  return columns.map((_, i) => {
    const of = (name: string) => row[`${name}_${i}`] ?? null;
    const [min, max] = [of("min"), of("max")];
    const isLarge = Math.max(Math.abs(min ?? 0), Math.abs(max ?? 0)) >= LARGE;
    const counts = { rows: row.rows!, present: of("present")!, finite: of("finite") ?? 0 };
    // Where all are the same, what sums of them round to is not what they are.
    if (min !== null && min === max)
      return { ...counts, min, max, mean: min, deviation: counts.finite > 1 ? 0 : null };
    const moments = isLarge ? NO_MOMENTS : { mean: of("mean"), deviation: of("deviation") };
    return { ...counts, min, max, ...moments };
  });
}

function profileColumn(
  tx: Client,
  part: SnapshotPart,
  column: PartColumn,
  seen: Overview,
): Promise<ColumnProfile> {
  const counts = countsOnly(seen.rows, seen.rows - seen.present);
  const { profile } = factsOf(column.type);
  switch (profile) {
    case "numbers":
      return profileNumbers(tx, part, column, seen, counts);
    case "values":
      return profileValues(tx, part, column, seen, counts);
    case "counts":
      return Promise.resolve(counts);
  }
}

async function profileNumbers(
  tx: Client,
  part: SnapshotPart,
  column: PartColumn,
  { finite, min, max, mean, deviation }: Overview,
  counts: ColumnProfile,
): Promise<ColumnProfile> {
  if (finite === 0 || min === null || max === null) return { ...counts, distinct: 0 };
  const value = `${quote(column.stored)}::float8`;
  const values = `(select r.${value} as value from ${partRows(part)} r where r.${finiteOnly(value)})`;
  const sorted = await tx.query<{ quantiles: number[]; distinct: number }>(
    `select percentile_disc(array[${QUANTILES}]) within group (order by value) as quantiles,
       count(distinct value)::int as distinct from ${values} v`,
  );
  const { whole } = factsOf(column.type);
  const starts = binStarts(min, max, whole);
  const counted = await tx.query<{ bin: number; count: number }>(
    `select width_bucket(value, $1::float8[]) as bin, count(*)::int as count from ${values} v group by 1`,
    [starts],
  );
  const inBins = starts.map((_, bin) => counted.rows.find((row) => row.bin === bin + 1)?.count ?? 0);
  const { quantiles, distinct } = sorted.rows[0]!;
  const histogram = binsOf(starts, inBins, max, whole);
  return { ...counts, distinct, mean, deviation, min, max, quantiles, histogram };
}

async function profileValues(
  tx: Client,
  part: SnapshotPart,
  column: PartColumn,
  { present }: Overview,
  counts: ColumnProfile,
): Promise<ColumnProfile> {
  if (present === 0) return { ...counts, distinct: 0 };
  const { rows } = await tx.query<{ value: string; count: number; distinct: number }>(
    `with counted as materialized (
       select (${factsOf(column.type).profiled(`r.${quote(column.stored)}`)})::text as value, count(*)::int as count from ${partRows(part)} r
       where r.${quote(column.stored)} is not null group by 1
     )
     select value, count, (select count(*)::int from counted) as distinct from counted
     order by count desc, value collate "C" limit ${MOST_VALUES}`,
  );
  const { distinct } = rows[0]!;
  const common = rows.map(({ value, count }) => ({ value, count }));
  return { ...counts, distinct, values: listedValues(common, distinct, present, column.type !== "bool") };
}
