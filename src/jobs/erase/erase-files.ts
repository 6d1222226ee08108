import type { Client, Queryable } from "../../db/pool.js";
import { countErased, type Erasure } from "../../features/erasure/erase-rows.js";
import type { HeldPart } from "../../features/erasure/erasure-counts.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { blobIsUnused } from "../../registry/files/blob-uses.js";
import { driftParams } from "../drift/drift-params.js";
import { type ExportParams, exportParams } from "../export/export-params.js";
import { trainExternallyParams } from "../train-externally/train-externally-params.js";
import type { Mention, Mentioned } from "./mention.js";

export interface ErasedArtifact {
  run: string;
  name: string;
  sha256: string;
}

/** Ids of the snapshots that have, or carry on, one of these parts. */
export async function snapshotsHolding(db: Queryable, held: readonly HeldPart[]): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `select distinct p.snapshot_id as id from snapshot_parts p
     join unnest($1::int[], $2::text[]) as held(owner, part) on held.owner = p.owner_id and held.part = p.name order by 1`,
    [held.map(({ owner }) => owner), held.map(({ part }) => part)],
  );
  return rows.map((row) => row.id);
}

/** Ids of the snapshots that had, or carried on, a part with a row that the run has erased. */
export async function affectedSnapshots(db: Queryable, runId: string): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `select distinct p.snapshot_id as id from erased_rows e
     join snapshot_parts p on p.owner_id = e.owner_id and p.name = e.part
     where e.erasure_id in (select id from erasures where run_id = $1) order by 1`,
    [runId],
  );
  return rows.map((row) => row.id);
}

/**
 * Exports of these snapshots, what training commands printed of them, and comparisons of them or of what was served; every
 * join, for whom its file asks for is not kept.
 */
async function madeOf(db: Queryable, snapshotIds: readonly number[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string; kind: string; params: unknown }>(
    `select id, kind, params from runs
     where kind = 'JOIN' or kind in ('EXPORT', 'TRAIN_EXTERNALLY', 'DRIFT') and started_at is not null order by created_at`,
  );
  const affected = new Set(snapshotIds);
  return rows.filter(({ kind, params }) => readsAny(kind, params, affected)).map(({ id }) => id);
}

/** Of parameters that cannot be read, what they name is unknown: then it may be the person's. */
function readsAny(kind: string, params: unknown, ids: ReadonlySet<number>): boolean {
  if (kind === "JOIN") return true;
  if (ids.size === 0) return false;
  if (kind === "EXPORT") return exportsAny(exportParams.safeParse(params).data, ids);
  if (kind === "TRAIN_EXTERNALLY")
    return exportsAny(trainExternallyParams.safeParse(params).data?.export, ids);
  const { data } = driftParams.safeParse(params);
  return data ? [data.before, data.after].some((side) => side.kind === "served" || ids.has(side.id)) : true;
}

const exportsAny = (params: ExportParams | undefined, ids: ReadonlySet<number>): boolean =>
  params?.months.some(({ snapshotId, labelSnapshotId }) => ids.has(snapshotId) || ids.has(labelSnapshotId)) ??
  true;

/** What is deleted, with the bytes that nothing else has. */
const DELETE_ARTIFACTS = `
  with gone as (
    delete from artifacts a where a.run_id = any($1) returning run_id, name, sha256
  ), freed as (
    delete from artifact_blobs b using (select distinct sha256 from gone) g
    where b.sha256 = g.sha256 and ${blobIsUnused(
      "not exists (select 1 from gone also where (also.run_id, also.name) = (u.run_id, u.name))",
    )}
    returning b.upload
  ), pieces as (
    delete from artifact_pieces p using freed where p.upload = freed.upload
  )
  insert into erasure_artifacts (erasure_id, run_id, name, sha256) select $2, run_id, name, sha256 from gone`;

/** Deletes the files that were made of rows that the erasure's run has deleted, and puts down which. */
export async function eraseFiles(tx: Client, erasure: Erasure): Promise<void> {
  const runs = await madeOf(tx, await affectedSnapshots(tx, erasure.runId));
  if (runs.length === 0) return;
  const { rowCount } = await tx.query(DELETE_ARTIFACTS, [runs, erasure.id]);
  await countErased(tx, erasure, "artifacts", rowCount);
}

/**
 * The files that an erasure would delete, where these snapshots have the person, and those it would take entries out of.
 * @param held the latter
 */
export async function filesOf(
  db: Queryable,
  snapshotIds: readonly number[],
  held: readonly { run: string; name: string }[],
): Promise<{ artifacts: ErasedArtifact[]; deleted: number }> {
  const made = await madeOf(db, snapshotIds);
  const { rows: artifacts } = await db.query<ErasedArtifact>(
    `select a.run_id as run, a.name, a.sha256 from artifacts a join runs r on r.id = a.run_id
     where a.run_id = any($1) or (a.run_id, a.name) in (select * from unnest($2::uuid[], $3::text[])) order by r.created_at, r.id, a.name`,
    [made, held.map(({ run }) => run), held.map(({ name }) => name)],
  );
  const deleted = artifacts.filter(({ run }) => made.includes(run)).length;
  return { artifacts, deleted };
}

/** Takes them out of the reports of comparisons that list keys. */
export async function scrubParity(tx: Client, persons: readonly Mentioned[]): Promise<void> {
  const store = new ArtifactStore(tx);
  const reports = await parityMentioning(
    tx,
    persons.map(({ mention }) => mention),
  );
  for (const { id, name, mediaType, clean, mentions } of reports) {
    await store.save(id, { name, mediaType, bytes: Buffer.from(clean) });
    for (const { erasure, mention } of persons)
      if (mentions.includes(mention)) await countErased(tx, erasure, "parity.json", 1);
  }
}

interface ParityReport {
  id: string;
  name: string;
  mediaType: string;
  /** As it is without them. */
  clean: string;
  /** Whom it lists. */
  mentions: Mention[];
}

/** Reports of comparisons that list one of them. */
export async function parityMentioning(db: Queryable, mentions: readonly Mention[]): Promise<ParityReport[]> {
  const { rows } = await db.query<{ id: string; name: string; mediaType: string; sha256: string }>(
    `select a.run_id as id, a.name, a.media_type as "mediaType", a.sha256 from artifacts a join runs r on r.id = a.run_id
     where r.kind = 'VERIFY_PARITY' and a.name = 'parity.json'`,
  );
  const store = new ArtifactStore(db);
  const found: ParityReport[] = [];
  for (const { sha256, ...report } of rows) {
    let clean = (await store.read(sha256))?.toString() ?? "{}";
    const listed = mentions.filter((mention) => {
      if (!mention.mayBeIn(clean)) return false;
      const without = `${JSON.stringify(mention.scrub(JSON.parse(clean)), null, 1)}\n`;
      const isListed = without !== clean;
      clean = without;
      return isListed;
    });
    if (listed.length > 0) found.push({ ...report, clean, mentions: listed });
  }
  return found;
}
