import type { Pool } from "../../db/pool.js";
import { isWithdrawn } from "../../features/effective-snapshots.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import type { SourceFile } from "../../features/types.js";
import { knownEntity } from "../../ingest/expectations/delivery/keys.js";
import { expectations } from "../../ingest/expectations/registry.js";
import type { DeliveredFile } from "../../ingest/sources/source-scheme.js";
import { RunStore } from "../../registry/run-store.js";

/**
 * The newest snapshot of that date and the run that made it, where it was made of these very files by these definitions
 * and no other delivery of the date was published since: one can change live tables without changing a snapshotted
 * column. Rows that were kept out for what they refer to may refer to something by now: then they are looked at again.
 */
export async function findSameDelivery(
  pool: Pool,
  asOf: string,
  files: readonly DeliveredFile[],
  definitionsSha256: string,
): Promise<{ id: number; runId: string } | null> {
  const { rows } = await pool.query<{
    id: number;
    sources: SourceFile[];
    definitions: string;
    runId: string;
    overwritten: boolean;
    missed: boolean;
    hashVersion: number;
  }>(
    `select id, sources, definitions_sha256 as definitions, hash_version as "hashVersion", run_id as "runId", exists (
       select 1 from runs r where r.snapshot_id = s.id and r.id <> s.run_id and r.kind = 'INGEST'
         and r.result is not null and r.result->'unchanged' is distinct from 'true'
     ) or exists (select 1 from snapshot_drops d where d.snapshot_id = s.id) as overwritten,
       exists (select 1 from quarantined_rows q
         where q.run_id = s.run_id and q.reasons @> any($2::jsonb[])) as missed
     from snapshots s where as_of = $1 and not ${isWithdrawn("s")} order by revision desc limit 1`,
    [asOf, referring()],
  );
  const newest = rows[0];
  const same =
    newest?.definitions === definitionsSha256 &&
    // Snapshots of 0.1 lack the columns that were in no view.
    newest.hashVersion === 2 &&
    !newest.overwritten &&
    !newest.missed &&
    newest.sources.length === files.length &&
    files.every(({ source, sha256 }) => newest.sources.some((s) => s.name === source && s.sha256 === sha256));
  return newest && same ? { id: newest.id, runId: newest.runId } : null;
}

/** Reasons of rows that were kept out for what they refer to. */
function referring(): string[] {
  const names = [...expectations].filter(({ refers }) => refers).map(({ name }) => name);
  return [knownEntity.name, ...names].map((expectation) => JSON.stringify([{ expectation }]));
}

/** What an ingest of the same files once more comes to. */
export async function unchangedResult(
  pool: Pool,
  snapshotId: number,
  files: readonly DeliveredFile[],
  mayQuarantine: boolean,
): Promise<Record<string, unknown>> {
  const [snapshot] = await new SnapshotStore(pool).findByIds([snapshotId]);
  const rows = files.map(({ source }) => {
    const count = snapshot?.sources.find(({ name }) => name === source)?.rowCount ?? 0;
    return [source, { rows: count, inserted: 0, updated: 0, unchanged: count }] as const;
  });
  const result = { unchanged: true, revision: snapshot?.revision, rows: Object.fromEntries(rows) };
  if (!mayQuarantine) return result;
  const made = await new RunStore(pool).find(snapshot!.runId);
  return { ...result, quarantined: made?.result?.quarantined ?? {}, quarantinedBy: snapshot!.runId };
}
