import { inLanes } from "../db/lanes.js";
import { type Client, type Pool, quote, withTransaction } from "../db/pool.js";
import { overallSha256 } from "../db/snapshots/content-hash.js";
import { extractParts } from "../db/snapshots/pushes-hash.js";
import {
  declaredColumns,
  findParts,
  insertParts,
  type MadePart,
  type PartsByName,
} from "../db/snapshots/snapshot-parts.js";
import { snapshotTableName } from "../db/tables/derived.js";
import { comparedSide, isWide, rowOf } from "../db/wide-rows.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { isEffective } from "../features/effective-snapshots.js";
import { bindPushes } from "../features/push-binding.js";
import { describeViews } from "../features/snapshot-views.js";
import type { SourceFile } from "../features/types.js";
import { type PreparedSnapshot, partitionName } from "./prepared-parts.js";
import { stagingTable } from "./staging.js";

/** What publishing did to one live table. */
export interface TableCounts {
  rows: number;
  inserted: number;
  updated: number;
  unchanged: number;
}

export interface Publication {
  runId: string;
  asOf: string;
  definitionsSha256: string;
  files: SourceFile[];
  /** One a source, in any order. */
  parts: readonly HashedPart[];
}

/** What a source's staged rows were hashed to. */
export interface HashedPart {
  /** The source's. */
  name: string;
  rowCount: number;
  contentSha256: string;
  /** In base64, as a step's checkpoint keeps it. */
  buckets: string;
}

export interface Published {
  tables: Record<string, TableCounts>;
  snapshotId: number;
  revision: number;
  /** False where the newest revision of that date already had this content. */
  newSnapshot: boolean;
}

/** Called for each table as it is written, with its number of rows. */
export type OnTable = (name: string, rows: number) => void;

/**
 * Within the caller's transaction: upserts every live table from staging, and makes the next revision of the
 * date's snapshot unless the newest one has the same content: columns, their types and every value. A part that the
 * newest revision has with the same content is carried on, not written again.
 *
 * @param prepared being made of the same staging meanwhile; waited for when the live tables are written
 */
export async function publish(
  tx: Client,
  deployment: Deployment,
  publication: Publication,
  prepared: Promise<PreparedSnapshot>,
  onTable: OnTable = () => {},
): Promise<Published> {
  // One publication at a time: revisions are numbered and compared without gaps or races.
  await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_publish', 0))");
  await tx.query("set local work_mem = '64MB'; set local maintenance_work_mem = '256MB'");
  const tables: Record<string, TableCounts> = {};
  for (const source of deployment.sources) {
    const counts = await upsertLive(tx, deployment.entity.key, source, publication);
    tables[source.name] = counts;
    onTable(source.name, counts.rows);
  }
  const { revision, newest } = await revisionsOf(tx, publication.asOf);
  const contentSha256 = overallSha256(publication.parts);
  // Of the files alone: what was pushed before it was bound to it, and is no change of the extract.
  if (newest && overallSha256(extractParts([...newest.parts.values()])) === contentSha256) {
    return { tables, snapshotId: newest.id, revision: newest.revision, newSnapshot: false };
  }
  const next = {
    ...publication,
    revision: revision + 1,
    former: newest?.parts ?? new Map(),
    prepared: await prepared,
  };
  const snapshotId = await insertSnapshot(tx, deployment, next, onTable);
  return { tables, snapshotId, revision: next.revision, newSnapshot: true };
}

interface NewestRevision {
  id: number;
  revision: number;
  parts: PartsByName;
}

/** The greatest revision number ever given for the date, and its newest revision that holds, if one does. */
async function revisionsOf(
  tx: Client,
  asOf: string,
): Promise<{ revision: number; newest: NewestRevision | null }> {
  const { rows } = await tx.query<{ id: number; revision: number; effective: boolean }>(
    `select id, revision, ${isEffective("s")} as effective from snapshots s where as_of = $1 order by revision desc`,
    [asOf],
  );
  const revision = rows[0]?.revision ?? 0;
  const newest = rows.find(({ effective }) => effective);
  if (!newest) return { revision, newest: null };
  const parts = (await findParts(tx, [newest.id])).get(newest.id)!;
  return { revision, newest: { id: newest.id, revision: newest.revision, parts } };
}

/**
 * A live row keeps the date it holds from, so that a late month never overwrites a newer one. Rows that would
 * not change are not written.
 */
async function upsertLive(
  tx: Client,
  keyName: string,
  source: Source,
  { runId, asOf }: Publication,
): Promise<TableCounts> {
  const key = quote(keyName);
  const live = quote(source.name);
  const staged = stagingTable(runId, source);
  const columns = Object.keys(source.columns).map(quote);
  const held = comparedSide(live, "l", [key, "as_of"], columns);
  const differs = `${held.row} is distinct from ${rowOf("s", columns)}`;
  const outdated = `(l.as_of < $1::date or (l.as_of = $1::date and ${differs}))`;
  const counted = await tx.query<{ rows: number; inserted: number; updated: number; outdated: number }>(
    `select count(*)::int as rows, count(*) filter (where l.${key} is null)::int as inserted,
       count(*) filter (where l.as_of <= $1 and ${differs})::int as updated,
       count(*) filter (where ${outdated})::int as outdated
     from ${staged} s left join ${held.from} on l.${key} = s.${key}`,
    [asOf],
  );
  const { rows, inserted, updated, outdated: written } = counted.rows[0]!;
  // Only publications write live tables, one at a time: what was counted a moment ago still is so. Two statements
  // that look out for no conflicts are in sooner than an upsert, and rows that stay are not even locked.
  if (written > 0) {
    await tx.query(
      `update ${live} ${isWide(columns.length) ? "o" : "l"}
       set ${columns.map((column) => `${column} = s.${column}`).join(", ")}, as_of = $1::date
       from ${staged} s ${isWide(columns.length) ? `join ${held.from} on l.${key} = s.${key} where s.${key} = o.${key}` : `where s.${key} = l.${key}`}
         and ${outdated}`,
      [asOf],
    );
  }
  if (inserted > 0) {
    const isNew = `where not exists (select 1 from ${live} l where l.${key} = s.${key})`;
    await tx.query(
      `insert into ${live} (${key}, ${columns.join(", ")}, as_of)
       select ${key}, ${columns.join(", ")}, $1::date from ${staged} s ${inserted === rows ? "" : isNew} order by ${key}`,
      [asOf],
    );
  }
  return { rows, inserted, updated, unchanged: rows - inserted - updated };
}

interface NewSnapshot extends Publication {
  revision: number;
  /** Of the newest revision that holds. */
  former: PartsByName;
  prepared: PreparedSnapshot;
}

async function insertSnapshot(
  tx: Client,
  deployment: Deployment,
  snapshot: NewSnapshot,
  onTable: OnTable,
): Promise<number> {
  const { asOf, runId, files, definitionsSha256, prepared } = snapshot;
  const made: MadePart[] = [];
  for (const source of deployment.sources)
    made.push(await makePart(tx, deployment, source, snapshot, onTable));
  const pushed = await bindPushes(tx, deployment, prepared.snapshotId, asOf);
  const parts = [...made, ...pushed];
  // Last, so that created_at, which knownAt is compared with, is as close to the commit as can be; and after that of every
  // other, though the clock be set back: what was known when one of them came must not change.
  await tx.query(
    `insert into snapshots (id, as_of, revision, content_sha256, definitions_sha256, run_id, views, sources, created_at)
     overriding system value select $1, $2, $3, $4, $5, $6, $7, $8,
       greatest(clock_timestamp(), max(created_at) + interval '1 millisecond') from snapshots`,
    [
      prepared.snapshotId,
      asOf,
      snapshot.revision,
      overallSha256(parts),
      definitionsSha256,
      runId,
      JSON.stringify(describeViews(deployment, parts)),
      JSON.stringify(files),
    ],
  );
  await insertParts(tx, prepared.snapshotId, parts);
  return prepared.snapshotId;
}

/** The source's rows as a part: carried on from the former revision, attached as prepared, or inserted. */
async function makePart(
  tx: Client,
  deployment: Deployment,
  source: Source,
  snapshot: NewSnapshot,
  onTable: OnTable,
): Promise<MadePart> {
  const { asOf, former, prepared } = snapshot;
  const hashed = snapshot.parts.find(({ name }) => name === source.name)!;
  const same = former.get(source.name);
  const carried = same?.contentSha256 === hashed.contentSha256 ? same : undefined;
  if (!carried && !(await attachPrepared(tx, source, snapshot)))
    await insertRows(tx, deployment.entity.key, source, snapshot);
  onTable(`snapshot of ${source.name}`, hashed.rowCount);
  return {
    name: source.name,
    ownerId: carried?.ownerId ?? prepared.snapshotId,
    eventDate: carried?.eventDate ?? asOf,
    columns: carried?.columns ?? declaredColumns(source),
    rowCount: hashed.rowCount,
    contentSha256: hashed.contentSha256,
    buckets: Buffer.from(hashed.buckets, "base64"),
  };
}

/** False where none was prepared, or the date has got its partition from another publication meanwhile. */
async function attachPrepared(tx: Client, source: Source, { asOf, prepared }: NewSnapshot): Promise<boolean> {
  const table = prepared.tables.get(source.name);
  if (!table) return false;
  const { rows } = await tx.query<{ attached: boolean }>(
    "select asof_attach_prepared($1, $2, $3) as attached",
    [table, snapshotTableName(source.name), asOf],
  );
  return rows[0]!.attached;
}

/** Into the partition that the date has. */
async function insertRows(
  tx: Client,
  keyName: string,
  source: Source,
  { asOf, runId, prepared }: NewSnapshot,
): Promise<void> {
  const columns = [keyName, ...Object.keys(source.columns)].map(quote).join(", ");
  await tx.query(
    `insert into ${quote(partitionName(source, asOf))} (snapshot_id, as_of, ${columns})
     select $1, $2::date, ${columns} from ${stagingTable(runId, source)} order by ${quote(keyName)}`,
    [prepared.snapshotId, asOf],
  );
}

/**
 * Without statistics the first reads after a publication plan as if the tables were empty: seconds, not
 * milliseconds. A small sample shows the row counts and that keys are unique; autovacuum takes the usual one later.
 * Partitions that were prepared have theirs.
 */
export async function analyzePublished(
  pool: Pool,
  deployment: Deployment,
  asOf: string,
  prepared: PreparedSnapshot,
): Promise<void> {
  const parts = deployment.sources.filter(({ name }) => !prepared.tables.has(name));
  const tables = [
    ...deployment.sources.map((source) => source.name),
    ...parts.map((part) => partitionName(part, asOf)),
  ];
  await inLanes(tables, (table) =>
    withTransaction(pool, async (tx) => {
      await tx.query("set local default_statistics_target = 10");
      await tx.query(`analyze ${quote(table)}`);
    }),
  );
}
