import { type Client, quote } from "../db/pool.js";
import { overallSha256 } from "../db/snapshots/content-hash.js";
import { extractParts } from "../db/snapshots/pushes-hash.js";
import {
  declaredColumns,
  insertParts,
  type MadePart,
  type PartsByName,
  type SnapshotPart,
} from "../db/snapshots/snapshot-parts.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";
import { isEventSource } from "../definitions/language/windows/event-source.js";
import { computedSources, isComputed, snapshotSources } from "../definitions/language/windows/sources-of.js";
import { ConflictError } from "../errors/errors.js";
import { carryOnAgain } from "../features/carried-parts.js";
import { bindPushes } from "../features/push-binding.js";
import { describeViews } from "../features/snapshot-views.js";
import type { RevisionKey } from "../features/types.js";
import { recordWindows, type StaleDate, staleDates } from "../features/windows/late-events.js";
import { type ComputedPart, computeWindows } from "./events/compute-windows.js";
import { mergeEvents } from "./events/merge-events.js";
import { type TableCounts, upsertLive } from "./live-rows.js";
import { formerFiles, isSame, lackingParts, type NewestRevision, revisionsOf } from "./newest-revision.js";
import { type PreparedSnapshot, partitionName } from "./prepared-parts.js";
import { deliveredOf, type Publication } from "./publication.js";
import { stagingTable } from "./staging.js";

export interface Published {
  tables: Record<string, TableCounts>;
  snapshotId: number;
  revision: number;
  /** False where the newest revision of that date already had this content. */
  newSnapshot: boolean;
  /** What the snapshot carries on from earlier dates, because the delivery lacks it. */
  carried: CarriedPart[];
  /** Later dates that carry on from now what this delivery brought: each has its next revision. */
  revised: RevisionKey[];
  /** Dates whose windows this delivery's events would change. Absent of runs that an earlier release began. */
  late?: StaleDate[];
}

export interface CarriedPart {
  source: string;
  /** The date its rows hold from. */
  eventDate: string;
  rows: number;
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
  const delivered = deliveredOf(deployment, publication);
  for (const source of delivered) {
    const write = isEventSource(source) ? mergeEvents : upsertLive;
    const counts = await write(tx, keyOf(deployment, source), source, publication);
    tables[source.name] = counts;
    onTable(source.name, counts.rows);
  }
  const { asOf } = publication;
  const staged = delivered.filter((source) => !isEventSource(source)).map(({ name }) => name);
  const computed = await computeAll(tx, deployment, { ...publication, staged }, prepared, onTable);
  const parts = [...publication.parts, ...computed];
  const { revision, newest } = await revisionsOf(tx, asOf);
  const lacking = await lackingParts(tx, deployment, publication, newest);
  Object.assign(tables, countKept(publication, newest, lacking));
  const carried = [...lacking.values()]
    .filter(({ eventDate }) => eventDate < asOf)
    .map(({ name, eventDate, rowCount }) => ({ source: name, eventDate, rows: rowCount }));
  const late = () => staleDates(tx, deployment, publication.runId);
  // Of the files alone: what was pushed before it was bound to it, and is no change of the extract.
  const former = newest && extractParts([...newest.parts.values()]);
  // One that lost a row to an erasure has its hash still, and not its content.
  if (newest && former && !former.some(isIncomplete) && isSame(former, { asOf, parts }, lacking)) {
    await recordWindows(tx, deployment, newest.id, publication.runId);
    const same = { snapshotId: newest.id, revision: newest.revision, newSnapshot: false };
    return { tables, ...same, carried, revised: [], late: await late() };
  }
  const next = {
    ...publication,
    files: [...publication.files, ...(newest ? formerFiles(newest, publication, lacking) : [])],
    parts,
    revision: revision + 1,
    former: newest?.parts ?? new Map(),
    carried: [...lacking.values()],
    prepared: await prepared,
  };
  const { snapshotId, createdAt } = await insertSnapshot(tx, deployment, next, onTable);
  const revised = await carryOnAgain(tx, deployment, asOf, createdAt);
  const made = { snapshotId, revision: next.revision, newSnapshot: true };
  return { tables, ...made, carried, revised, late: await late() };
}

/** @throws {ConflictError} the revision that has the kept parts is not the newest any more */
function countKept(
  { asOf, kept }: Publication,
  newest: NewestRevision | null,
  lacking: ReadonlyMap<string, MadePart>,
): Record<string, TableCounts> {
  if (!kept) return {};
  if (newest?.id !== kept.snapshotId)
    throw new ConflictError(
      `another delivery of ${asOf} was published or withdrawn while this one was read; nothing was published, ingest it again`,
    );
  const counts = kept.names.map((name) => {
    const rows = lacking.get(name)!.rowCount;
    return [name, { rows, inserted: 0, updated: 0, unchanged: rows }] as const;
  });
  return Object.fromEntries(counts);
}

/** The windows of the date; their tables are prepared like those of files. */
async function computeAll(
  tx: Client,
  deployment: Deployment,
  { runId, asOf, staged }: { runId: string; asOf: string; staged: readonly string[] },
  prepared: Promise<PreparedSnapshot>,
  onTable: OnTable,
): Promise<ComputedPart[]> {
  if (computedSources(deployment).length === 0) return [];
  const { snapshotId, tables } = await prepared;
  const parts = await computeWindows(tx, deployment, { runId, asOf, snapshotId, staged }, onTable);
  for (const { name, table } of parts) tables.set(name, table);
  return parts;
}

const isIncomplete = ({ erasedRows = 0 }: Pick<SnapshotPart, "erasedRows">): boolean => erasedRows > 0;

export interface NewSnapshot extends Publication {
  /** Parts of other snapshots that it has as they are. */
  carried?: readonly MadePart[];
  revision: number;
  /** Of the newest revision that holds. */
  former: PartsByName;
  prepared: PreparedSnapshot;
}

/** Within a publication: the snapshot, its own parts and those it carries on. */
export async function insertSnapshot(
  tx: Client,
  deployment: Deployment,
  snapshot: NewSnapshot,
  onTable: OnTable = () => {},
): Promise<{ snapshotId: number; createdAt: string }> {
  const { asOf, runId, files, definitionsSha256, prepared } = snapshot;
  const made: MadePart[] = [...(snapshot.carried ?? [])];
  const own = snapshotSources(deployment).filter(({ name }) =>
    snapshot.parts.some((part) => part.name === name),
  );
  for (const source of own) made.push(await makePart(tx, deployment, source, snapshot, onTable));
  const pushed = await bindPushes(tx, deployment, prepared.snapshotId, asOf);
  const parts = [...made, ...pushed];
  // Last, so that created_at, which knownAt is compared with, is as close to the commit as can be; and after that of every
  // other, though the clock be set back: what was known when one of them came must not change.
  const { rows } = await tx.query<{ createdAt: string }>(
    `insert into snapshots (id, as_of, revision, content_sha256, definitions_sha256, run_id, views, sources, created_at)
     overriding system value select $1, $2, $3, $4, $5, $6, $7, $8,
       greatest(clock_timestamp(), max(created_at) + interval '1 millisecond') from snapshots
     returning created_at::text as "createdAt"`,
    [
      prepared.snapshotId,
      asOf,
      snapshot.revision,
      overallSha256(parts),
      definitionsSha256,
      runId,
      JSON.stringify(describeViews(deployment, parts, asOf)),
      JSON.stringify(files),
    ],
  );
  await insertParts(tx, prepared.snapshotId, parts);
  await recordWindows(tx, deployment, prepared.snapshotId, runId);
  return { snapshotId: prepared.snapshotId, createdAt: rows[0]!.createdAt };
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
  const isUnchanged = same?.contentSha256 === hashed.contentSha256 && same.eventDate === asOf;
  const carried = isUnchanged && !isIncomplete(same) ? same : undefined;
  if (!carried && !(await attachPrepared(tx, source, snapshot)))
    await insertRows(tx, keyOf(deployment, source), source, snapshot);
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
  const rows = isComputed(source)
    ? `staging.${quote(prepared.tables.get(source.name)!)}`
    : stagingTable(runId, source);
  await tx.query(
    `insert into ${quote(partitionName(source, asOf))} (snapshot_id, as_of, ${columns})
     select $1, $2::date, ${columns} from ${rows} order by ${quote(keyName)}`,
    [prepared.snapshotId, asOf],
  );
}
