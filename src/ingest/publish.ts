import { type Client, type Pool, quote, withTransaction } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { overallSha256, type SnapshotPart, snapshotParts } from "../features/snapshot-content.js";
import type { SnapshotView, SourceFile } from "../features/types.js";
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
  views: SnapshotView[];
}

export interface Published {
  tables: Record<string, TableCounts>;
  snapshotId: number;
  revision: number;
  /** False where the newest revision of that date already had this content. */
  newSnapshot: boolean;
}

/** Told of each table as it is written, with its rows. */
export type OnTable = (name: string, rows: number) => void;

/**
 * Within the caller's transaction: upserts every live table from staging, and makes the next revision of the
 * date's snapshot unless the newest one has the same content: columns, their types and every value.
 */
export async function publish(
  tx: Client,
  deployment: Deployment,
  publication: Publication,
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
  const contentSha256 = overallSha256(publication.views);
  const newest = await newestRevision(tx, publication.asOf);
  if (newest?.content === contentSha256) {
    return { tables, snapshotId: newest.id, revision: newest.revision, newSnapshot: false };
  }
  const revision = (newest?.revision ?? 0) + 1;
  const snapshotId = await insertSnapshot(tx, deployment, publication, revision, contentSha256, onTable);
  return { tables, snapshotId, revision, newSnapshot: true };
}

async function newestRevision(
  tx: Client,
  asOf: string,
): Promise<{ id: number; revision: number; content: string | null } | undefined> {
  const { rows } = await tx.query(
    // Rows that retention dropped are made again: their hash is no reason to make none.
    `select id, revision, case when not exists (select 1 from snapshot_drops d where d.snapshot_id = snapshots.id)
       then content_sha256 end as content from snapshots where as_of = $1
     order by revision desc limit 1`,
    [asOf],
  );
  return rows[0];
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
  const tuple = (alias: string) => `(${columns.map((column) => `${alias}.${column}`).join(", ")})`;
  const counted = await tx.query<TableCounts>(
    `select count(*)::int as rows, count(*) filter (where l.${key} is null)::int as inserted,
       count(*) filter (where l.as_of <= $1 and ${tuple("l")} is distinct from ${tuple("s")})::int as updated
     from ${staged} s left join ${live} l on l.${key} = s.${key}`,
    [asOf],
  );
  const { rows, inserted, updated } = counted.rows[0]!;
  const onConflict = `on conflict (${key}) do update set
       ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}, as_of = excluded.as_of
     where live.as_of < excluded.as_of
       or (live.as_of = excluded.as_of and ${tuple("live")} is distinct from ${tuple("excluded")})`;
  // Only publications write live tables, one at a time: what was all new a moment ago still is. Without the
  // looking out for conflicts the rows are in within half the time.
  await tx.query(
    `insert into ${live} as live (${key}, ${columns.join(", ")}, as_of)
     select ${key}, ${columns.join(", ")}, $1::date from ${staged} order by ${key}
     ${inserted === rows ? "" : onConflict}`,
    [asOf],
  );
  return { rows, inserted, updated, unchanged: rows - inserted - updated };
}

async function insertSnapshot(
  tx: Client,
  deployment: Deployment,
  publication: Publication,
  revision: number,
  contentSha256: string,
  onTable: OnTable,
): Promise<number> {
  const { asOf, runId, files, views, definitionsSha256 } = publication;
  const { rows } = await tx.query<{ id: number }>(
    "select nextval(pg_get_serial_sequence('snapshots', 'id'))::int as id",
  );
  const id = rows[0]!.id;
  for (const part of snapshotParts(deployment)) {
    onTable(`snapshot of ${part.name}`, await insertPart(tx, deployment.entity.key, part, publication, id));
  }
  // Last, so that created_at, which knownAt is compared with, is as close to the commit as can be.
  await tx.query(
    `insert into snapshots (id, as_of, revision, content_sha256, definitions_sha256, run_id, views, sources)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      asOf,
      revision,
      contentSha256,
      definitionsSha256,
      runId,
      JSON.stringify(views),
      JSON.stringify(files),
    ],
  );
  return id;
}

async function insertPart(
  tx: Client,
  keyName: string,
  part: SnapshotPart,
  { asOf, runId }: Publication,
  snapshotId: number,
): Promise<number> {
  const table = snapshotTableName(part);
  const columns = [keyName, ...part.columns].map(quote).join(", ");
  // A new partition is filled before anybody can see it: readers of the table go on meanwhile, and its index is
  // built once, sorted, when it is attached.
  const made = await tx.query<{ fresh: boolean }>("select asof_new_partition($1, $2) as fresh", [
    table,
    asOf,
  ]);
  const { fresh } = made.rows[0]!;
  const { rowCount } = await tx.query(
    `insert into ${quote(fresh ? partitionName(part, asOf) : table)} (snapshot_id, as_of, ${columns})
     select $1, $2::date, ${columns} from ${stagingTable(runId, part.source)} order by ${quote(keyName)}`,
    [snapshotId, asOf],
  );
  if (fresh) await tx.query("select asof_attach_partition($1, $2)", [table, asOf]);
  return rowCount ?? 0;
}

const partitionName = (part: SnapshotPart, asOf: string) =>
  `${snapshotTableName(part)}_${asOf.replaceAll("-", "")}`;

/**
 * Without statistics the first reads after a publication plan as if the tables were empty: seconds, not
 * milliseconds. A small sample tells the row counts and that keys are unique; autovacuum takes the usual one later.
 */
export async function analyzePublished(pool: Pool, deployment: Deployment, asOf: string): Promise<void> {
  const tables = [
    ...deployment.sources.map((source) => source.name),
    ...snapshotParts(deployment).map((part) => partitionName(part, asOf)),
  ];
  await withTransaction(pool, async (tx) => {
    await tx.query("set local default_statistics_target = 10");
    await tx.query(`analyze ${tables.map(quote).join(", ")}`);
  });
}
