import { z } from "zod";
import type { Pool } from "../../db/pool.js";
import { findParts, type PartsByName } from "../../db/snapshots/snapshot-parts.js";
import type { Deployment, Source } from "../../definitions/language/deployment.js";
import { eventSources } from "../../definitions/language/windows/sources-of.js";
import { isWithdrawn } from "../../features/effective-snapshots.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import type { SourceFile } from "../../features/types.js";
import { declaredOf } from "../../ingest/expectations/declared.js";
import { knownEntity } from "../../ingest/expectations/delivery/keys.js";
import { expectations } from "../../ingest/expectations/registry.js";
import { mayQuarantine } from "../../ingest/quarantine-notes.js";
import type { DeliveredFile } from "../../ingest/sources/source-scheme.js";
import type { ValidationReport } from "../../registry/run.js";
import { RunStore } from "../../registry/run-store.js";

/** The snapshot that files made before, and by source the run that delivered each of them. */
export interface SameDelivery {
  id: number;
  runIds: Readonly<Record<string, string>>;
  /** Only some of the files are the same: those of `runIds` need not be read again. */
  partly?: true;
}

/**
 * The newest snapshot of that date and the runs that made it, where it was made of these very files, or some of them, by these
 * definitions and no other delivery of the date was published since: one can change live tables without changing a snapshotted
 * column. Rows that were kept out for what they refer to may refer to something by now: then they are looked at again.
 */
export async function findSameDelivery(
  pool: Pool,
  definitions: Deployment,
  asOf: string,
  files: readonly DeliveredFile[],
  definitionsSha256: string,
): Promise<SameDelivery | null> {
  const { rows } = await pool.query<{
    id: number;
    sources: SourceFile[];
    definitions: string;
    runId: string;
    overwritten: boolean;
    hashVersion: number;
  }>(
    `select id, sources, definitions_sha256 as definitions, hash_version as "hashVersion", run_id as "runId", exists (
       select 1 from runs r where r.snapshot_id = s.id and r.id <> s.run_id and r.kind = 'INGEST'
         and r.result is not null and r.result->'unchanged' is distinct from 'true'
     ) or exists (select 1 from snapshot_drops d where d.snapshot_id = s.id) or exists (
       -- Who was erased and may come back is in the files, and not in the snapshot.
       select 1 from snapshot_parts p join erased_rows e on e.owner_id = p.owner_id and e.part = p.name
       join erasure_lifts l on l.erasure_id = e.erasure_id where p.snapshot_id = s.id
     ) as overwritten
     from snapshots s where as_of = $1 and not ${isWithdrawn("s")} order by revision desc limit 1`,
    [asOf],
  );
  const newest = rows[0];
  // Snapshots of 0.1 lack the columns that were in no view.
  if (newest?.hashVersion !== 2 || newest.overwritten) return null;
  const own = { runId: newest.runId, definitionsSha256: newest.definitions };
  const runIds: Record<string, string> = {};
  for (const { source, sha256 } of files) {
    const known = newest.sources.find((file) => file.name === source && file.sha256 === sha256);
    const made = known?.deliveredBy ?? own;
    if (known && made.definitionsSha256 === definitionsSha256) runIds[source] = made.runId;
  }
  if (files.some(({ source }) => runIds[source] === undefined))
    return keepable(pool, definitions, asOf, { id: newest.id, runIds });
  return (await hasMissed(pool, Object.values(runIds))) ? null : { id: newest.id, runIds };
}

/**
 * Of the files that are the same, where others are not, those whose parts the next revision can have as they are. Not of what a
 * changed file may change: which rows are kept out, which events a window sees, what a query over several files finds.
 */
async function keepable(
  pool: Pool,
  definitions: Deployment,
  asOf: string,
  { id, runIds }: SameDelivery,
): Promise<SameDelivery | null> {
  if (mayQuarantine(definitions) || eventSources(definitions).length > 0) return null;
  const parts = (await findParts(pool, [id])).get(id)!;
  const sourceNames = definitions.sources.map(({ name }) => name);
  const isKept = (source: Source) => {
    const part = parts.get(source.name);
    if (runIds[source.name] === undefined || part?.eventDate !== asOf || part.erasedRows) return false;
    const needed = declaredOf(source, sourceNames).flatMap(({ evaluation }) =>
      evaluation.over === "set" ? evaluation.needs(sourceNames) : [],
    );
    return needed.every((name) => runIds[name] !== undefined);
  };
  const names = definitions.sources.filter(isKept).map(({ name }) => name);
  const kept = { id, runIds: Object.fromEntries(names.map((name) => [name, runIds[name]!])) };
  // What was found of them then is reported of them now.
  const known = names.length > 0 && (await formerValidation(pool, kept)) !== null;
  return known ? { ...kept, partly: true } : null;
}

/** Whether rows of these runs were kept out for what they refer to. */
async function hasMissed(pool: Pool, runIds: readonly string[]): Promise<boolean> {
  const { rows } = await pool.query<{ missed: boolean }>(
    "select exists (select 1 from quarantined_rows where run_id = any($1) and reasons @> any($2::jsonb[])) as missed",
    [runIds, referring()],
  );
  return rows[0]!.missed;
}

/** What the runs that delivered the sources found of them then: it holds of the same files now. */
export async function formerValidation(
  pool: Pool,
  { runIds }: SameDelivery,
): Promise<ValidationReport | null> {
  const ids = [...new Set(Object.values(runIds))];
  const reports = (await new RunStore(pool).findByIds(ids)).map((run) => run?.validation ?? null);
  if (reports.some((report) => report === null)) return null;
  const of = <Found extends { source: string }>(found: (report: ValidationReport) => readonly Found[]) =>
    (reports as ValidationReport[]).flatMap((report, i) =>
      found(report).filter(({ source }) => runIds[source] === ids[i]),
    );
  const expectations = of((report) => report.expectations);
  const quarantined = of((report) => report.quarantined ?? []);
  return { success: true, expectations, quarantined };
}

export const isPartly = (found: SameDelivery | number | null): found is SameDelivery =>
  typeof found === "object" && found?.partly === true;

/** The parts of the files that need not be read again. */
export const keptParts = async (pool: Pool, { id, runIds }: SameDelivery): Promise<PartsByName> =>
  new Map([...(await findParts(pool, [id])).get(id)!].filter(([name]) => runIds[name] !== undefined));

/** One report of a delivery, of what was read now and of what was then, in the order of the definitions. */
export function joinReports(
  { sources }: Deployment,
  now: ValidationReport,
  former: ValidationReport,
): ValidationReport {
  const place = ({ source }: { source: string }) => sources.findIndex(({ name }) => name === source);
  const expectations = [...now.expectations, ...former.expectations].sort((a, b) => place(a) - place(b));
  return { ...now, expectations };
}

/** Reasons of rows that were kept out for what they refer to. */
function referring(): string[] {
  const names = [...expectations].filter(({ refers }) => refers).map(({ name }) => name);
  return [knownEntity.name, ...names].map((expectation) => JSON.stringify([{ expectation }]));
}

/** What an ingest of the same files once more comes to. */
export async function unchangedResult(
  pool: Pool,
  { id, runIds }: SameDelivery,
  files: readonly DeliveredFile[],
  hasQuarantine: boolean,
): Promise<Record<string, unknown>> {
  const [snapshot] = await new SnapshotStore(pool).findByIds([id]);
  const rows = files.map(({ source }) => {
    const count = snapshot?.sources.find(({ name }) => name === source)?.rowCount ?? 0;
    return [source, { rows: count, inserted: 0, updated: 0, unchanged: count }] as const;
  });
  const result = { unchanged: true, revision: snapshot?.revision, rows: Object.fromEntries(rows) };
  if (!hasQuarantine) return result;
  const ids = [...new Set(Object.values(runIds))];
  const made = await new RunStore(pool).findByIds(ids);
  const kept = made.map(
    (run) => z.record(z.string(), z.number()).safeParse(run?.result?.quarantined).data ?? {},
  );
  const quarantined = Object.entries(runIds).flatMap(([source, runId]) => {
    const count = kept[ids.indexOf(runId)]![source];
    return count === undefined ? [] : [[source, count] as const];
  });
  const [by] = quarantined[0] ? [runIds[quarantined[0][0]]] : ids;
  return { ...result, quarantined: Object.fromEntries(quarantined), quarantinedBy: by };
}
