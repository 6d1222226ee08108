import QueryStream from "pg-query-stream";
import { type Client, quote } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { Column } from "../definitions/language/column.js";
import type { FeatureService, Source } from "../definitions/language/deployment.js";
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
  /** Null where a side is what was served: labels come later. */
  label: (FeatureComparison & { name: string }) | null;
}

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
): Promise<ServiceComparison> {
  if (after.kind === "served") await collectServed(client, after);
  const features: ServiceComparison["features"] = [];
  for (const { source, name: view, features: names } of service.views) {
    for (const name of names) {
      onFeature(name);
      const column = source.columns[name]!;
      const sides = [relationOf(before, view, name, column), relationOf(after, view, name, column)] as const;
      features.push({ name, ...(await compareColumn(client, column, sides)) });
    }
  }
  if (after.kind === "served" || before.kind === "served") return { features, label: null };
  const { source, column: name } = service.label;
  return { features, label: { name, ...(await compareLabel(client, source, name, before, after)) } };
}

/** A relation with one column, `value`, and one row per user. */
interface Relation {
  sql: string;
}

function relationOf(side: Side, table: string, name: string, column: Column): Relation {
  if (side.kind === "served") {
    return {
      sql: `(select (features->>${literal(name)})::${SQL_TYPES[column.type]} as value from drift_served)`,
    };
  }
  const rows = `${quote(snapshotTableName({ name: table }))} where snapshot_id = ${side.id} and as_of = ${literal(side.asOf)}`;
  return { sql: `(select ${quote(name)} as value from ${rows})` };
}

const SQL_TYPES: Record<Column["type"], string> = {
  int: "float8",
  float: "float8",
  bool: "boolean",
  string: "text",
  date: "text",
};

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Each user's newest logged prediction: a user who was asked about a hundred times is one row, as in a snapshot. */
async function collectServed(client: Client, side: Extract<Side, { kind: "served" }>): Promise<void> {
  await client.query("drop table if exists drift_served");
  await client.query("create temporary table drift_served (features jsonb not null) on commit drop");
  await client.query(
    `insert into drift_served select distinct on (user_id) features from prediction_log
     where model = $1 and ($2::int is null or version = $2)
       and at >= coalesce($3::timestamptz, '-infinity') and at < coalesce($4::timestamptz, 'infinity')
     order by user_id, at desc`,
    [side.model, side.version, side.since, side.until],
  );
}

function compareLabel(client: Client, source: Source, name: string, before: Side, after: Side) {
  const column = source.columns[name]!;
  return compareColumn(client, column, [
    relationOf(before, source.name, name, column),
    relationOf(after, source.name, name, column),
  ]);
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
