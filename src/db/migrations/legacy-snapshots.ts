import type { ColumnType } from "../../definitions/language/column.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { type Client, type Queryable, quote } from "../pool.js";
import { contentHash } from "../snapshots/content-hash.js";
import { contentSha256V1 } from "../snapshots/content-hash-v1.js";
import { PUSH_EXTRA, pushedView, pushesOf } from "../snapshots/pushes-hash.js";
import { insertParts, type MadePart, type PartColumn, partRows } from "../snapshots/snapshot-parts.js";
import { snapshotTableName } from "../tables/derived.js";

/** What the snapshots of 0.1.0 were made by: its definitions, which are today's where those were not changed since. */
export type LegacyDefinitions = Pick<Deployment, "entities" | "views" | "services">;

/** 0.1.0 knew one entity. */
export const legacyKey = ({ entities }: LegacyDefinitions): string => entities[0]!.entity.key;

/** A table of 0.1.0: of a view or of a label source, with a partition a date. */
interface LegacyTable {
  /** The view's or the label source's name. */
  name: string;
  /** The source whose part its rows become; its own name where nothing of that name is declared any more. */
  source: string;
  columns: PartColumn[];
  partitions: { name: string; asOf: string }[];
}

const TYPES: Record<string, ColumnType> = {
  integer: "int",
  "double precision": "float",
  boolean: "bool",
  text: "string",
  date: "date",
};

/**
 * Frees the rows of 0.1.0 of the tables they were in, before the baselines' are made: a table a view then, one a
 * source now. No row is copied: partitions are detached here and attached by `attachRows`.
 */
export async function detachRows(db: Queryable, definitions: LegacyDefinitions): Promise<LegacyTable[]> {
  const tables = await legacyTables(db, definitions);
  for (const { name, source, partitions } of tables) {
    if (name === source) continue;
    for (const partition of partitions) {
      await db.query(
        `alter table ${quote(snapshotTableName(name))} detach partition ${quote(partition.name)}`,
      );
    }
    await db.query(`drop table ${quote(snapshotTableName(name))}`);
  }
  return tables;
}

/** Puts the rows into the sources' tables. */
export async function attachRows(db: Queryable, key: string, tables: readonly LegacyTable[]): Promise<void> {
  // What is there under the source's name already first: the others are joined to it.
  const sorted = [...tables].sort((a, b) => Number(b.name === b.source) - Number(a.name === a.source));
  for (const table of sorted) {
    if (table.name === table.source) continue;
    const parent = snapshotTableName(table.source);
    for (const { name, asOf } of table.partitions) {
      const partition = `${parent}_${asOf.replaceAll("-", "")}`;
      const there = await db.query("select to_regclass(quote_ident($1)) is not null as there", [partition]);
      if (there.rows[0].there) await mergeRows(db, key, name, partition, table.columns);
      else await attachPartition(db, name, parent, partition, asOf);
    }
  }
}

async function attachPartition(
  db: Queryable,
  name: string,
  parent: string,
  partition: string,
  asOf: string,
): Promise<void> {
  await db.query(`alter table ${quote(name)} rename to ${quote(partition)}`);
  const there = new Set((await columnsOf(db, partition)).map((column) => column.name));
  for (const { name: column, sqlType } of await columnsOf(db, parent)) {
    if (!there.has(column))
      await db.query(`alter table ${quote(partition)} add column ${quote(column)} ${sqlType}`);
  }
  await db.query("select asof_attach_partition($1, $2)", [parent, asOf]);
}

/** Two views of one source had the same users: the columns of the second join the rows of the first. */
async function mergeRows(
  db: Queryable,
  key: string,
  from: string,
  into: string,
  columns: readonly PartColumn[],
): Promise<void> {
  const set = columns.map(({ stored }) => `${quote(stored)} = f.${quote(stored)}`).join(", ");
  await db.query(`alter table ${quote(into)} disable trigger user`);
  await db.query(
    `update ${quote(into)} t set ${set} from ${quote(from)} f
     where f.snapshot_id = t.snapshot_id and f.${quote(key)} = t.${quote(key)}`,
  );
  await db.query(`alter table ${quote(into)} enable trigger user`);
  await db.query(`drop table ${quote(from)}`);
}

/** What the catalogue of 0.1.0 says of a snapshot. */
interface LegacySnapshot {
  id: number;
  asOf: string;
  views: { name: string; rowCount: number; contentSha256: string }[];
  dropped: boolean;
}

/** A part of a snapshot of 0.1.0, with the columns that its hash of the first edition is of. */
interface DescribedView {
  name: string;
  source: string;
  columns: PartColumn[];
}

/**
 * Writes down what each snapshot of 0.1.0 is made of, as later ones say it of themselves: every view's hash of the
 * first edition is taken again of its rows, and the second edition's is put beside it.
 */
export async function describeSnapshots(
  tx: Client,
  definitions: LegacyDefinitions,
  tables: readonly LegacyTable[],
): Promise<void> {
  const { rows: snapshots } = await tx.query<LegacySnapshot>(
    `select id, as_of as "asOf", views,
       exists (select 1 from snapshot_drops d where d.snapshot_id = s.id) as dropped
     from snapshots s order by id`,
  );
  await tx.query("alter table snapshots disable trigger refuse_change");
  for (const snapshot of snapshots) {
    const described: DescribedView[] = [];
    for (const view of snapshot.views)
      described.push(await describeView(tx, definitions, tables, snapshot, view));
    const views = snapshot.views.map((view, i) => ({
      ...view,
      source: described[i]!.source,
      columns: described[i]!.columns.map(({ name }) => name),
    }));
    await tx.query("update snapshots set hash_version = 1, views = $2 where id = $1", [
      snapshot.id,
      JSON.stringify(views),
    ]);
    if (!snapshot.dropped)
      await insertParts(tx, snapshot.id, await makeParts(tx, definitions, snapshot, described));
  }
  await tx.query("alter table snapshots enable trigger refuse_change");
}

async function describeView(
  tx: Client,
  definitions: LegacyDefinitions,
  tables: readonly LegacyTable[],
  { id, asOf, dropped }: LegacySnapshot,
  { name, contentSha256 }: LegacySnapshot["views"][number],
): Promise<DescribedView> {
  const pushed = pushedView(name);
  const table = tables.find((each) => each.name === (pushed ?? name));
  if (!table) return { name, source: name, columns: [] };
  const declared = definitions.views.find((view) => view.name === table.name)?.features ?? [];
  const columns = inOrder(table.columns, declared);
  if (pushed !== null || dropped) return { name, source: pushed === null ? table.source : name, columns };
  const rows = partRows({ name: table.source, ownerId: id, eventDate: asOf });
  // Features were added at the end, and what was published before has none of them.
  for (let count = columns.length; count > 0; count--) {
    const before = columns.slice(0, count);
    const found = await contentSha256V1(tx, { name, key: legacyKey(definitions), columns: before }, rows);
    if (found === contentSha256) return { name, source: table.source, columns: before };
  }
  // Changed since: whoever verifies it is told by the hash that is on record.
  return { name, source: table.source, columns };
}

/** As the view declares them, where it still declares the same. */
function inOrder(columns: readonly PartColumn[], declared: readonly string[]): PartColumn[] {
  const named = declared.map((name) => columns.find((column) => column.name === name));
  const same = named.length === columns.length && named.every((column) => column !== undefined);
  return same ? (named as PartColumn[]) : [...columns];
}

async function makeParts(
  tx: Client,
  definitions: LegacyDefinitions,
  { id, asOf, views }: LegacySnapshot,
  described: readonly DescribedView[],
): Promise<MadePart[]> {
  const parts: MadePart[] = [];
  for (const name of new Set(described.map(({ source }) => source))) {
    const of = described.filter(({ source }) => source === name);
    const columns = new Map(of.flatMap((view) => view.columns.map((column) => [column.name, column])));
    const rowCount = views.find((view) => view.name === of[0]!.name)!.rowCount;
    const part = { name, ownerId: id, eventDate: asOf, columns: [...columns.values()], rowCount };
    const view = pushedView(name);
    const key = legacyKey(definitions);
    const rows = view === null ? partRows(part) : pushesOf(key, view, id);
    const extra = view === null ? [] : PUSH_EXTRA;
    // Nobody is erased yet: what records it is made by a later migration.
    const { sha256, buckets } = await contentHash(tx, { name, key, columns: part.columns }, rows, { extra });
    parts.push({ ...part, contentSha256: sha256, buckets });
  }
  return parts;
}

/** Of what is declared, and of what no longer is: its rows are history all the same. */
async function legacyTables(db: Queryable, definitions: LegacyDefinitions): Promise<LegacyTable[]> {
  const { rows } = await db.query<{ name: string; partitions: string[] }>(
    `select left(p.relname, -length('_snapshots')) as name,
       array(select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = p.oid order by 1)::text[] as partitions
     from pg_class p where p.relkind = 'p' and p.relname like '%\\_snapshots'
       and p.relnamespace = current_schema()::regnamespace order by 1`,
  );
  const { views, services } = definitions;
  const labels = services.map(({ label }) => label.source.name);
  const tables: LegacyTable[] = [];
  for (const { name, partitions } of rows) {
    const view = views.find((each) => each.name === name);
    const columns = await columnsOf(db, snapshotTableName(name));
    tables.push({
      name,
      source: labels.includes(name) ? name : (view?.source.name ?? name),
      columns: columns
        .filter((column) => !["snapshot_id", "as_of", legacyKey(definitions)].includes(column.name))
        .map((column) => ({ name: column.name, type: TYPES[column.sqlType]!, stored: column.name })),
      partitions: partitions.map((partition) => ({ name: partition, asOf: dateOf(partition) })),
    });
  }
  return tables;
}

/** `…_20240131` is the partition of 2024-01-31. */
const dateOf = (partition: string): string =>
  partition.slice(-8).replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");

async function columnsOf(db: Queryable, table: string): Promise<{ name: string; sqlType: string }[]> {
  const { rows } = await db.query<{ name: string; sqlType: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as "sqlType" from pg_attribute
     where attrelid = to_regclass(quote_ident($1)) and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  return rows;
}
