import { z } from "zod";
import type { Queryable } from "../db/pool.js";
import { wasEffective } from "../features/effective-snapshots.js";
import type { ExpectationResult, ValidationReport } from "../registry/run.js";
import { isOfRun } from "../registry/version-of-run.js";
import type {
  LineageExport,
  LineageFile,
  LineagePart,
  LineageUpload,
  LineageVersion,
  LineageView,
} from "./datasets.js";
import { attemptsUntil } from "./run-attempts.js";
import type { StatusChange } from "./status-change.js";

/** What is known of a run once its status changed. */
export interface RunFacts {
  /** The date that it is about. */
  readonly asOf: string | null;
  readonly gitCommit: string | null;
  readonly parent: { readonly id: string; readonly kind: string; readonly attempt: number } | null;
  readonly files: readonly LineageFile[];
  /** Files that clients sent for it. */
  readonly uploads: readonly LineageUpload[];
  /** Parts of the snapshots that it read, and of those that it made. */
  readonly read: readonly LineagePart[];
  readonly made: readonly LineagePart[];
  /** Those whose online values it wrote. */
  readonly views: readonly LineageView[];
  readonly versions: readonly LineageVersion[];
  readonly exported: LineageExport | null;
}

interface RunRow {
  params: Record<string, unknown>;
  validation: ValidationReport | null;
  gitCommit: string | null;
  snapshotId: number | null;
  parentId: string | null;
  parentKind: string | null;
  parentAttempt: number | null;
}

/** $1 the run, $2 the event. */
const RUN = `
  select r.params, r.validation, r.git_commit as "gitCommit", r.snapshot_id as "snapshotId",
    p.id as "parentId", p.kind as "parentKind", begun.attempt as "parentAttempt"
  from runs r left join runs p on p.id = r.parent_run_id
    left join lateral (${attemptsUntil("p.id", "$2")}) begun on true
  where r.id = $1`;

/** What it made until $2: a later date may be made again of what it brought. */
const MADE = "select id from snapshots where run_id = $1 and created_at <= $2 order by id";

/** Of each part the newest rows among the snapshots $1, and the snapshot that brought them. */
const PARTS = `
  select distinct on (p.name) p.name, p.columns, p.row_count as "rowCount", o.as_of::text as "asOf", o.revision
  from snapshot_parts p join snapshots o on o.id = p.owner_id
  where p.snapshot_id = any($1) order by p.name, o.as_of desc, o.revision desc`;

/** Of each source the rows of one date, as they were known at $2. $1 dates by source. */
const PARTS_OF_DATES = `
  select distinct on (p.name) p.name, p.columns, p.row_count as "rowCount", s.as_of::text as "asOf", s.revision
  from jsonb_each_text($1::jsonb) found(source, day)
  join snapshots s on s.as_of = found.day::date and ${wasEffective("s", "$2::timestamptz")}
  join snapshot_parts p on p.snapshot_id = s.id and p.owner_id = s.id and p.name = found.source
  order by p.name, s.revision desc`;

const FILES = "select sources from snapshots where id = any($1) order by id";

const VERSIONS = `
  select model, version, bytes from model_versions
  where ${isOfRun("$1")} and created_at <= $2 order by model, version`;

/** Null: the run was deleted. */
export async function findRunFacts(db: Queryable, change: StatusChange): Promise<RunFacts | null> {
  const { id, runId, at, status } = change;
  const { rows } = await db.query<RunRow>(RUN, [runId, id]);
  const run = rows[0];
  if (!run) return null;
  const { params, snapshotId, parentId } = run;
  const isOver = status === "SUCCEEDED";
  const ingested = change.kind === "INGEST" && typeof params.source === "string" ? params.source : null;
  const written = (await db.query<{ id: number }>(MADE, [runId, at])).rows.map((row) => row.id);
  const joined = change.kind === "JOIN" && isOver ? (joinedRows.safeParse(change.data).data ?? null) : null;
  // An ingest of what is there already makes nothing anew.
  const made = ingested !== null && snapshotId !== null ? [...written, snapshotId] : written;
  const read = [...snapshotsIn(params), ...(snapshotId === null ? [] : [snapshotId])].filter(
    (each) => !made.includes(each),
  );
  return {
    asOf: dateIn(params),
    gitCommit: run.gitCommit,
    parent: parentId === null ? null : { id: parentId, kind: run.parentKind!, attempt: run.parentAttempt! },
    files: ingested === null ? [] : await filesOf(db, ingested, written, checkedIn(run, change)),
    uploads: uploadsIn(change.kind, params),
    read: [
      ...(await partsOf(db, read)),
      ...(joined ? await partsOfDates(db, joined.found, change, params) : []),
    ],
    made: isOver ? await partsOf(db, made) : [],
    views: isOver ? viewsIn(change.data) : [],
    versions: isOver ? (await db.query<LineageVersion>(VERSIONS, [runId, at])).rows : [],
    exported: isOver ? (exportIn(runId, params, change.data) ?? joinIn(runId, params, joined)) : null,
  };
}

const partsOf = async (db: Queryable, ids: readonly number[]): Promise<LineagePart[]> =>
  ids.length === 0 ? [] : (await db.query<LineagePart>(PARTS, [ids])).rows;

const imported = z.looseObject({ importedFrom: z.looseObject({ archive: z.string() }) });

/** The rows that a client sent, or the manifest of the archive that a version came in. */
function uploadsIn(kind: string, params: Record<string, unknown>): LineageUpload[] {
  if (kind === "JOIN" && typeof params.sha256 === "string") return [{ sha256: params.sha256 }];
  const { data } = imported.safeParse(params);
  return kind === "REGISTER" && data ? [{ sha256: data.importedFrom.archive }] : [];
}

/** What was checked, once the run has ended: a later attempt begins without a report. */
const checkedIn = ({ validation }: RunRow, { status, isLast }: StatusChange): readonly ExpectationResult[] =>
  status !== "RUNNING" && isLast ? (validation?.expectations ?? []) : [];

const delivered = z.array(
  z.object({
    name: z.string(),
    bytes: z.number(),
    rowCount: z.number(),
    sha256: z.string(),
    from: z.string().nullish(),
    statementSha256: z.string().optional(),
    deliveredBy: z.unknown().optional(),
  }),
);

/** The files of the snapshots that it made, and those that were checked and came to nothing. */
async function filesOf(
  db: Queryable,
  delivery: string,
  made: readonly number[],
  expectations: readonly ExpectationResult[],
): Promise<LineageFile[]> {
  const bySource = new Map<string, ExpectationResult[]>();
  for (const each of expectations) bySource.set(each.source, [...(bySource.get(each.source) ?? []), each]);
  const { rows } = await db.query<{ sources: unknown }>(FILES, [made]);
  const kept = rows.flatMap(({ sources }) => delivered.safeParse(sources).data ?? []);
  const files = new Map<string, LineageFile>();
  for (const [source, own] of bySource)
    files.set(source, {
      ...{ name: own[0]!.file ?? source, delivery, from: null, isQuery: false, content: null },
      expectations: own,
    });
  for (const { name: source, from = null, statementSha256, deliveredBy, ...content } of kept) {
    if (deliveredBy !== undefined) continue;
    const { name = source, expectations: own = [] } = files.get(source) ?? {};
    const isQuery = statementSha256 !== undefined;
    files.set(source, { name, delivery, from, isQuery, content, expectations: own });
  }
  return [...files.values()];
}

/** Ids of snapshots among parameters, whatever the kind of run calls them: `snapshotId`, `labelSnapshot: { id }`. */
function snapshotsIn(params: unknown): number[] {
  const found = new Set<number>();
  const add = (id: unknown) => Number.isInteger(id) && found.add(id as number);
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { kind, id } = value as { kind?: unknown; id?: unknown };
    if (kind === "snapshot") add(id);
    for (const [name, inner] of Object.entries(value)) {
      if (/snapshot$/i.test(name)) add((inner as { id?: unknown } | null)?.id);
      else if (/snapshotId$/i.test(name)) add(inner);
      look(inner);
    }
  };
  look(params);
  return [...found];
}

const dated = z.looseObject({ asOf: z.iso.date() }).or(z.looseObject({ asOfFrom: z.iso.date() }));

function dateIn(params: unknown): string | null {
  const { data } = dated.safeParse(params);
  return data ? String(data.asOf ?? data.asOfFrom) : null;
}

/** As a materialization says it, and an ingest of what it copied. */
const copied = z.union([
  z.looseObject({ written: z.record(z.string(), z.int()) }).transform(({ written }) => written),
  z
    .looseObject({ online: z.record(z.string(), z.looseObject({ written: z.int() })) })
    .transform(({ online }) =>
      Object.fromEntries(Object.entries(online).map(([view, { written }]) => [view, written])),
    ),
]);

const viewsIn = (result: unknown): LineageView[] =>
  Object.entries(copied.safeParse(result).data ?? {}).map(([name, written]) => ({ name, written }));

const joinedRows = z.object({
  ...{ rows: z.int(), columns: z.array(z.string()), bytes: z.number() },
  /** Of each source the newest date that rows were found of; absent from runs of earlier releases. */
  found: z.record(z.string(), z.iso.date()).default({}),
});

/** As the run saw them: what it asked to be known then, and no later than its end. */
async function partsOfDates(
  db: Queryable,
  found: Readonly<Record<string, string>>,
  { at }: StatusChange,
  { knownAt }: Record<string, unknown>,
): Promise<LineagePart[]> {
  const asked = typeof knownAt === "string" ? new Date(knownAt) : at;
  const known = asked < at ? asked : at;
  return (await db.query<LineagePart>(PARTS_OF_DATES, [JSON.stringify(found), known])).rows;
}

function joinIn(
  runId: string,
  { service, entity }: Record<string, unknown>,
  joined: z.output<typeof joinedRows> | null,
): LineageExport | null {
  const whose = service ?? entity;
  if (!joined || typeof whose !== "string") return null;
  const { rows, columns, bytes } = joined;
  return { runId, name: `joins.${whose}`, columns, rows, bytes, files: 1 };
}

const exported = z.object({
  rows: z.int(),
  columns: z.array(z.string()),
  files: z.array(z.object({ bytes: z.number() })),
});

function exportIn(runId: string, params: Record<string, unknown>, result: unknown): LineageExport | null {
  const { data } = exported.safeParse(result);
  if (!data || typeof params.model !== "string") return null;
  const { rows, columns, files } = data;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { runId, name: `exports.${params.model}`, columns, rows, bytes, files: files.length };
}
