import QueryStream from "pg-query-stream";
import type { Client } from "../db/pool.js";
import type { Column } from "../definitions/language/column.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import { serviceFeatures } from "../definitions/language/service-features.js";
import { declaredFeature, declaredLabel } from "../features/pinned-columns.js";
import type { Counts } from "../features/stability-index.js";
import { type ComparedService, openSide, type Relation, type Side } from "./drift-sides.js";
import {
  compareCategories,
  compareNumbers,
  type FeatureComparison,
  type ValueCounts,
} from "./feature-drift.js";

export interface ServiceComparison {
  features: (FeatureComparison & { name: string })[];
  /** Features that a side was made, or served, without: nothing is known of them there. */
  notCompared: string[];
  /** Null where a side is what was served: labels come later. So where a side was made without it. */
  label: (FeatureComparison & { name: string }) | null;
}

/** A column of a part of one snapshot, compared with that of another. */
export interface ComparedColumns {
  part: string;
  before: PartColumn;
  after: PartColumn;
}

type PartColumn = Omit<NonNullable<Relation["of"]>, "part">;

/** Comparisons of snapshots that were made before. */
export interface ComparisonMemory {
  find(columns: ComparedColumns): FeatureComparison | undefined;
  keep(columns: ComparedColumns, comparison: FeatureComparison): void;
}
const REMEMBERS_NOTHING: ComparisonMemory = { find: () => undefined, keep: () => {} };

/**
 * Compares every feature of a service, and its label, between two sides. Values are counted in the database and
 * streamed by distinct value, so that memory does not grow with the rows.
 * @param client in a transaction: both sides are read as of one moment
 */
export async function compareSides(
  client: Client,
  of: ComparedService,
  before: Side,
  after: Side,
  onFeature: (name: string) => void,
  memory: ComparisonMemory = REMEMBERS_NOTHING,
): Promise<ServiceComparison> {
  const [former, later] = [await openSide(client, of, before), await openSide(client, of, after)];
  const { service } = of;
  const features: ServiceComparison["features"] = [];
  const notCompared: string[] = [];
  for (const feature of serviceFeatures(service)) {
    const { name, column } = feature;
    onFeature(name);
    const declared = declaredFeature(feature);
    const sides = [former(declared, column), later(declared, column)] as const;
    const compared = await compareKnown(client, column, sides, memory);
    if (compared) features.push({ name, ...compared });
    else notCompared.push(name);
  }
  if (after.kind === "served" || before.kind === "served") return { features, notCompared, label: null };
  const column = service.label.source.columns[service.label.column]!;
  const label = declaredLabel(service);
  // Labels are facts of their own date.
  const sides = [former(label, column, "of its date"), later(label, column, "of its date")] as const;
  const compared = await compareKnown(client, column, sides, memory);
  return { features, notCompared, label: compared && { name: label.name, ...compared } };
}

async function compareKnown(
  client: Client,
  column: Column,
  [before, after]: readonly [Relation | null, Relation | null],
  memory: ComparisonMemory,
): Promise<FeatureComparison | null> {
  if (!before || !after) return null;
  if (!before.of || !after.of) return compareColumn(client, column, [before, after]);
  const columns = { part: before.of.part, before: before.of, after: after.of };
  const known = memory.find(columns);
  if (known) return known;
  const comparison = await compareColumn(client, column, [before, after]);
  memory.keep(columns, comparison);
  return comparison;
}

const isNumber = ({ type }: Column): boolean => factsOf(type).profile === "numbers";

async function compareColumn(
  client: Client,
  column: Column,
  [before, after]: readonly [Relation, Relation],
): Promise<FeatureComparison> {
  const numeric = isNumber(column);
  const value = numeric ? "value::float8" : "value::text";
  const [former, later] = [await before.sql(), await after.sql()];
  const counted = (sql: string, sides: string) =>
    `select ${value} as value, ${sides} from ${sql} r group by 1`;
  const present = numeric ? await countPresent(client, former, later) : null;
  const stream = client.query(
    new QueryStream(
      `select value, sum(before)::int as before, sum(after)::int as after from (
         ${counted(former, "count(*) as before, 0 as after")} union all ${counted(later, "0, count(*)")}
       ) c group by value order by value nulls first`,
      [],
      { batchSize: 2_000 },
    ),
  );
  try {
    if (!present) return await compareCategories(stream as AsyncIterable<ValueCounts<string | null>>);
    return await compareNumbers(stream as AsyncIterable<ValueCounts<number | null>>, present);
  } finally {
    stream.destroy();
  }
}

async function countPresent(client: Client, before: string, after: string): Promise<Counts> {
  const { rows } = await client.query<Counts>(
    `select (select count(value)::int from ${before} r) as before, (select count(value)::int from ${after} r) as after`,
  );
  return rows[0]!;
}
