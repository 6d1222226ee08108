import { type Client, literal } from "../db/pool.js";
import { findParts, isOfOwnDate, type PartsByName, partRows } from "../db/snapshots/snapshot-parts.js";
import type { Column, ColumnValue } from "../definitions/language/column.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import type { Deployment, FeatureService } from "../definitions/language/deployment.js";
import { entityOfService, entitySourceOf } from "../definitions/language/entities.js";
import { compileOver } from "../features/derived-columns.js";
import { featureJoins } from "../features/offline/postgres/feature-joins.js";
import {
  type ComputedColumn,
  type DeclaredColumn,
  type PinnedColumn,
  type PinnedDerived,
  pinColumns,
  requirePart,
  storedColumn,
} from "../features/pinned-columns.js";
import { sourcePath } from "../features/source-paths.js";
import { sha256Hex } from "../registry/artifact-store.js";

/** One side of a comparison: a pinned snapshot's rows, or what a model was given when it served. */
export type Side =
  | { kind: "snapshot"; id: number; asOf: string }
  | { kind: "served"; model: string; version: number | null; since: string | null; until: string | null };

/** A relation with one column, `value`, and one row per key. */
export interface Relation {
  /** Made when it is needed: a comparison may be known. */
  sql(): Promise<string>;
  /** Of a snapshot's: what it is a column of, or is computed from. */
  of: { part: string; ownerId: number; column: string } | null;
}

/**
 * The values of a feature; null where the side was made without it.
 * @param which `of its date`: null where the snapshot carries it on from an earlier one, too
 */
export type OpenSide = (
  feature: DeclaredColumn | ComputedColumn,
  column: Column,
  which?: Which,
) => Relation | null;
type Which = "newest" | "of its date";

/** Whose features are compared. */
export interface ComparedService {
  deployment: Deployment;
  service: FeatureService;
}

export async function openSide(client: Client, of: ComparedService, side: Side): Promise<OpenSide> {
  if (side.kind === "served") {
    const logged = await collectServed(client, side);
    return ({ name }, column) => {
      if (!logged.has(name)) return null;
      const value = `(features->>${literal(name)})::${readAs(column)}`;
      return { sql: async () => `(select ${value} as value from drift_served)`, of: null };
    };
  }
  const parts = (await findParts(client, [side.id])).get(side.id)!;
  return (feature, column, which = "newest") =>
    "expression" in feature
      ? derivedRelation(client, of, parts, feature, column)
      : columnRelation(parts, feature, which);
}

function columnRelation(parts: PartsByName, feature: DeclaredColumn, which: Which): Relation | null {
  const [pinned] = pinColumns(parts, [feature]).pinned;
  if (!pinned) return null;
  const part = requirePart(parts, pinned.source);
  if (which === "of its date" && !isOfOwnDate(part)) return null;
  return {
    sql: async () => `(select r.${storedColumn(parts, pinned)} as value from ${partRows(part)} r)`,
    of: { part: pinned.source, ownerId: part.ownerId, column: pinned.column },
  };
}

/** What a value is read as. */
const readAs = ({ type }: Pick<Column, "type">): string =>
  factsOf(type).profile === "numbers" ? "float8" : type === "bool" ? "boolean" : "text";

function derivedRelation(
  client: Client,
  of: ComparedService,
  parts: PartsByName,
  { name, type, expression, inputs }: ComputedColumn,
  column: Column,
): Relation | null {
  const { pinned, undeclared } = pinColumns(parts, inputs);
  if (undeclared.length > 0 || pinned.length === 0) return null;
  const from = pinned.map((input) => ({ ...input, ownerId: requirePart(parts, input.source).ownerId }));
  const computed = sha256Hex(JSON.stringify([expression, from]));
  return {
    sql: async () => {
      const derived = { name, type, expression, inputs: pinned };
      const table = `drift_${computed.slice(0, 32)}`;
      await compute(client, of, parts, derived, table, readAs(column));
      return `pg_temp.${table}`;
    },
    of: { part: from[0]!.source, ownerId: from[0]!.ownerId, column: `derived:${computed}` },
  };
}

/** Rows computed at a time: neither all of their inputs nor all of their values are held. */
const ROWS = 5_000;

/** Fills a table of this transaction with a derived feature's values, by the evaluator that trained on them. */
async function compute(
  client: Client,
  of: ComparedService,
  parts: PartsByName,
  { expression, inputs }: PinnedDerived,
  table: string,
  type: string,
): Promise<void> {
  const { rows } = await client.query<{ isThere: boolean }>(
    `select to_regclass($1) is not null as "isThere"`,
    [`pg_temp.${table}`],
  );
  // Both sides are the same rows.
  if (rows[0]!.isThere) return;
  const evaluate = compileOver(
    expression,
    inputs.map(({ type }, place) => ({ type, place })),
  );
  await client.query(`create temporary table ${table} (value ${type}) on commit drop`);
  await client.query(`declare drift_inputs no scroll cursor for ${inputsSql(of, parts, inputs)}`);
  for (;;) {
    const { rows } = await client.query<ColumnValue[]>({
      text: `fetch ${ROWS} from drift_inputs`,
      rowMode: "array",
    });
    if (rows.length === 0) break;
    const values = rows.map((row) => evaluate(row));
    await client.query(`insert into ${table} select * from unnest($1::${type}[])`, [values]);
  }
  await client.query("close drift_inputs");
}

/** Who has a row in each of the parts: whom a training would take, had they a label. */
function inputsSql(
  { deployment, service }: ComparedService,
  parts: PartsByName,
  inputs: readonly PinnedColumn[],
): string {
  const entity = entityOfService(deployment, service);
  const everyone = partRows(requirePart(parts, entitySourceOf(deployment, entity).name));
  const joins = featureJoins(parts, inputs, entity.key, (source) => sourcePath(deployment, service, source));
  const selected = inputs.map((input) => {
    return `${joins.valueOf(input)}::${readAs(input)}`;
  });
  return `select ${selected.join(", ")} from ${everyone} l ${joins.sql}`;
}

/**
 * Each key's newest logged prediction: who was asked about a hundred times is one row, as in a snapshot. Each answer to a
 * request without a key is a row of its own.
 * @returns the features that any of them was logged with
 */
async function collectServed(client: Client, side: Extract<Side, { kind: "served" }>): Promise<Set<string>> {
  await client.query("drop table if exists drift_served");
  await client.query("create temporary table drift_served (features jsonb not null) on commit drop");
  await client.query(
    `insert into drift_served
     select distinct on (key, case when key is null then (tableoid, ctid)::text end) features
     from prediction_log
     where model = $1 and ($2::int is null or version = $2)
       and at >= coalesce($3::timestamptz, '-infinity') and at < coalesce($4::timestamptz, 'infinity')
     order by key, case when key is null then (tableoid, ctid)::text end, at desc`,
    [side.model, side.version, side.since, side.until],
  );
  const { rows } = await client.query<{ name: string }>(
    "select distinct jsonb_object_keys(features) as name from drift_served",
  );
  return new Set(rows.map(({ name }) => name));
}
