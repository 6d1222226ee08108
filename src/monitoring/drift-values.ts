import QueryStream from "pg-query-stream";
import { type Client, literal } from "../db/pool.js";
import { findParts, partRows } from "../db/snapshots/snapshot-parts.js";
import type { Column } from "../definitions/language/column.js";
import type { FeatureService } from "../definitions/language/deployment.js";
import { declaredFeatures, pinColumns, requirePart, storedColumn } from "../features/pinned-columns.js";
import type { Counts } from "../features/stability-index.js";
import {
  compareCategories,
  compareNumbers,
  type FeatureComparison,
  type ValueCounts,
} from "./feature-drift.js";

/** One side of a comparison: a pinned snapshot's rows, or what a model was given when it served. */
export type Side =
  | { kind: "snapshot"; id: number; asOf: string }
  | { kind: "served"; model: string; version: number | null; since: string | null; until: string | null };

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
  before: PartColumnKey;
  after: PartColumnKey;
}
interface PartColumnKey {
  ownerId: number;
  /** By the snapshot's own name. */
  column: string;
}

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
  service: FeatureService,
  before: Side,
  after: Side,
  onFeature: (name: string) => void,
  memory: ComparisonMemory = REMEMBERS_NOTHING,
): Promise<ServiceComparison> {
  const [former, later] = [await openSide(client, before), await openSide(client, after)];
  const features: ServiceComparison["features"] = [];
  const notCompared: string[] = [];
  for (const { name, source } of declaredFeatures(service)) {
    onFeature(name);
    const column = service.views.find((view) => view.source.name === source)!.source.columns[name]!;
    const sides = [former(source, name, column), later(source, name, column)] as const;
    const compared = await compareKnown(client, column, sides, memory);
    if (compared) features.push({ name, ...compared });
    else notCompared.push(name);
  }
  if (after.kind === "served" || before.kind === "served") return { features, notCompared, label: null };
  const { source, column: name } = service.label;
  const column = source.columns[name]!;
  const sides = [former(source.name, name, column), later(source.name, name, column)] as const;
  const label = await compareKnown(client, column, sides, memory);
  return { features, notCompared, label: label && { name, ...label } };
}

/** A relation with one column, `value`, and one row per user. */
interface Relation {
  sql: string;
  /** Of a snapshot's: what it is a column of. */
  of: (PartColumnKey & { part: string }) | null;
}

/** The values of a source's column; null where the side was made without it. */
type OpenSide = (source: string, name: string, column: Column) => Relation | null;

async function openSide(client: Client, side: Side): Promise<OpenSide> {
  if (side.kind === "served") {
    const logged = await collectServed(client, side);
    return (_, name, column) => {
      if (!logged.has(name)) return null;
      return {
        sql: `(select (features->>${literal(name)})::${SQL_TYPES[column.type]} as value from drift_served)`,
        of: null,
      };
    };
  }
  const parts = (await findParts(client, [side.id])).get(side.id)!;
  return (source, name) => {
    const [pinned] = pinColumns(parts, [{ name, source }]).pinned;
    if (!pinned) return null;
    const part = requirePart(parts, source);
    return {
      sql: `(select r.${storedColumn(parts, pinned)} as value from ${partRows(part)} r)`,
      of: { part: source, ownerId: part.ownerId, column: pinned.column },
    };
  };
}

const SQL_TYPES: Record<Column["type"], string> = {
  int: "float8",
  float: "float8",
  bool: "boolean",
  string: "text",
  date: "text",
};

/**
 * Each user's newest logged prediction: a user who was asked about a hundred times is one row, as in a snapshot.
 * @returns the features that any of them was logged with
 */
async function collectServed(client: Client, side: Extract<Side, { kind: "served" }>): Promise<Set<string>> {
  await client.query("drop table if exists drift_served");
  await client.query("create temporary table drift_served (features jsonb not null) on commit drop");
  await client.query(
    `insert into drift_served select distinct on (user_id) features from prediction_log
     where model = $1 and ($2::int is null or version = $2)
       and at >= coalesce($3::timestamptz, '-infinity') and at < coalesce($4::timestamptz, 'infinity')
     order by user_id, at desc`,
    [side.model, side.version, side.since, side.until],
  );
  const { rows } = await client.query<{ name: string }>(
    "select distinct jsonb_object_keys(features) as name from drift_served",
  );
  return new Set(rows.map(({ name }) => name));
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

async function compareColumn(
  client: Client,
  column: Column,
  [before, after]: readonly [Relation, Relation],
): Promise<FeatureComparison> {
  const numeric = column.type === "int" || column.type === "float";
  const value = numeric ? "value::float8" : "value::text";
  const counted = (relation: Relation, sides: string) =>
    `select ${value} as value, ${sides} from ${relation.sql} r group by 1`;
  const present = numeric ? await countPresent(client, before, after) : null;
  const stream = client.query(
    new QueryStream(
      `select value, sum(before)::int as before, sum(after)::int as after from (
         ${counted(before, "count(*) as before, 0 as after")} union all ${counted(after, "0, count(*)")}
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

async function countPresent(client: Client, before: Relation, after: Relation): Promise<Counts> {
  const { rows } = await client.query<Counts>(
    `select (select count(value)::int from ${before.sql} r) as before, (select count(value)::int from ${after.sql} r) as after`,
  );
  return rows[0]!;
}
