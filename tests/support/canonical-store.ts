import { createHash } from "node:crypto";
import type { Sql } from "./cluster.js";

type Row = Record<string, unknown>;

/** What the engine and the migrations keep for themselves, and what is read in another way below. */
const APART = [
  "asof_core_migrations",
  "asof_deployment_migrations",
  "asof_deployment",
  "run_events",
  "artifacts",
  "artifact_blobs",
  "artifact_pieces",
  // Drawn at the first erasure.
  "erasure_secret",
];
/** Of the audit log: the salt is drawn, and every hash is of it, of a clock and of the request. */
const DRAWN_BY_AUDIT = ["id", "answers", "request_id", "salt", "details_hash", "previous_hash", "hash"];
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const INSTANT = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z)?/g;
/** Clocks, and the state of the working copy, which a colleague may change between two runs. */
const MEASURED = /seconds|per_second|_ms$|Ms$|^at$|[a-z]At$|^git_?([cC]ommit|[dD]irty)$|^key_hmac$/;

/**
 * Every row of every table and every artifact, by table, in an order of its own, without what differs from run to run: names
 * that are drawn (UUIDs, numbers of a sequence, which a transaction that is rolled back uses up, too) are replaced by
 * what they name, clocks are left out.
 */
export async function canonicalStore(sql: Sql): Promise<Record<string, string[]>> {
  const names = await drawnNames(sql);
  const store: Record<string, string[]> = {};
  const add = (table: string, rows: readonly Row[]) => {
    store[table] = rows.map((row) => canonicalText(row, names)).sort();
  };
  for (const { name, left } of await tables(sql)) {
    const rows = await sql<{ row: Row }>(`select to_jsonb(t) - $1::text[] as row from public."${name}" t`, [
      name === "audit_log" ? [...left, ...DRAWN_BY_AUDIT] : left,
    ]);
    add(
      name,
      rows.map(({ row }) => withoutMeasurement(row)),
    );
  }
  add("artifacts", await artifacts(sql, names));
  add(
    "ends of runs",
    await sql(
      `select run_id, status, count(*)::int from run_events
       where type = 'STATUS' and status in ('SUCCEEDED', 'FAILED', 'CANCELLED') group by 1, 2`,
    ),
  );
  add("partitions", await partitions(sql));
  add(
    "bytes of nobody",
    await sql(
      `select sha256 from artifact_blobs b where not exists (select 1 from artifacts a where a.sha256 = b.sha256)
         and not exists (select 1 from model_versions v where v.sha256 = b.sha256)
         and not exists (select 1 from logged_model_files f where f.sha256 = b.sha256)
         and not exists (select 1 from model_version_files f where f.sha256 = b.sha256)
       union all select distinct upload::text from artifact_pieces p
       where not exists (select 1 from artifact_blobs b where b.upload = p.upload)`,
    ),
  );
  add(
    "tables outside",
    await sql(
      `select nspname, count(*)::int from pg_class c join pg_namespace n on n.oid = relnamespace
       where relkind = 'r' and nspname not in ('public', 'faults') and nspname !~ '^(pg_|information_schema|dbos)' group by 1`,
    ),
  );
  return store;
}

export interface Difference {
  /** The table, whose it is, and the whole row. */
  id: string;
  /** Of the row, where it parts from the row of the other that is most like it. */
  shown: string;
}

/** What one has and the other has not, each with its table and whose it is: `<` of the first, `>` of the second. */
export function differences(first: Record<string, string[]>, second: Record<string, string[]>): Difference[] {
  const tables = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return tables.flatMap((table) => {
    const left = lacking(first[table] ?? [], second[table] ?? []);
    const right = lacking(second[table] ?? [], first[table] ?? []);
    const told = (sign: string, rows: string[], others: string[]) =>
      rows.map((row) => ({
        id: `${table} ${sign} ${row}`,
        shown: `${table} ${sign} ${whereItParts(row, others)}`,
      }));
    return [...told("<", left, right), ...told(">", right, left)];
  });
}

function lacking(rows: readonly string[], from: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const row of from) counts.set(row, (counts.get(row) ?? 0) + 1);
  return rows.filter((row) => {
    const count = counts.get(row) ?? 0;
    counts.set(row, count - 1);
    return count < 1;
  });
}

/** A row may be longer than a report of tests shows. */
function whereItParts(row: string, others: readonly string[]): string {
  const common = (other: string) => {
    const at = [...row].findIndex((letter, index) => letter !== other[index]);
    return at < 0 ? row.length : at;
  };
  const at = Math.max(0, ...others.map(common));
  const from = Math.max(0, at - 300);
  return `${row.slice(0, 100)}${from > 100 ? " … " : ""}${row.slice(Math.max(100, from), at + 300)}`;
}

interface DrawnNames {
  runs: Map<string, string>;
  snapshots: Map<number, string>;
}

/** What a run is called: its kind and its place among those, or its name within its parent. */
async function drawnNames(sql: Sql): Promise<DrawnNames> {
  const runs = new Map<string, string>();
  const rows = await sql(
    `select id, kind, coalesce(name, 'unnamed') as name, parent_run_id as parent,
       row_number() over (partition by kind, parent_run_id order by created_at) as place
     from runs order by parent_run_id is not null, created_at`,
  );
  for (const { id, kind, name, parent, place } of rows) {
    runs.set(id, parent ? `${runs.get(parent)}/${name}` : `${kind} ${place}`);
  }
  const found = await sql("select id, as_of, revision from snapshots");
  return { runs, snapshots: new Map(found.map((each) => [each.id, `${each.as_of} r${each.revision}`])) };
}

/** Each with the columns that are left out: clocks, and numbers drawn for rows that others name in another way. */
function tables(sql: Sql): Promise<{ name: string; left: string[] }[]> {
  return sql(
    `select c.relname as name, array(
       select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and
         (a.atttypid = 'timestamptz'::regtype or a.attidentity <> '' or a.attgenerated <> '' or
          (c.relname = 'run_steps' and a.attname in ('attempt', 'deaths', 'handed_over')))
     ) as left
     from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
       and relname <> all($1) order by 1`,
    [APART],
  );
}

const partitions = (sql: Sql) =>
  sql(
    `select p.relname as parent, c.relname as name, c.relpersistence as persistence
     from pg_inherits join pg_class c on c.oid = inhrelid join pg_class p on p.oid = inhparent where p.relkind = 'p'`,
  );

/** The value of a metric that is a duration. */
function withoutMeasurement(row: Row): Row {
  if (typeof row.name !== "string" || !MEASURED.test(row.name)) return row;
  const { value: _, ...rest } = row;
  return rest;
}

/** Bytes by their hash; of text, what it says. */
async function artifacts(sql: Sql, names: DrawnNames): Promise<Row[]> {
  const rows = await sql<{ run_id: string; name: string; type: string; bytes: Buffer }>(
    `select a.run_id, a.name, a.media_type as type, coalesce(b.bytes, (
       select string_agg(p.bytes, '' order by start) from artifact_pieces p where p.upload = b.upload)) as bytes
     from artifacts a join artifact_blobs b using (sha256)`,
  );
  return rows.map(({ run_id, name, type, bytes }) => {
    const json = type === "application/json";
    const text = json || type.startsWith("text/html");
    const content = !text
      ? createHash("sha256").update(bytes).digest("hex")
      : json
        ? canonical(JSON.parse(bytes.toString()), names)
        : bytes.toString().replace(INSTANT, "an instant");
    return { run_id, name, type, content };
  });
}

function canonicalText(row: Row, names: DrawnNames): string {
  return JSON.stringify(canonical(row, names)).replace(UUID, (id) => names.runs.get(id) ?? "another id");
}

function canonical(value: unknown, names: DrawnNames, within = ""): unknown {
  if (Array.isArray(value)) return value.filter(isNotOfGit).map((each) => canonical(each, names));
  if (typeof value === "string") return value.replace(INSTANT, "an instant");
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !MEASURED.test(key));
  return Object.fromEntries(
    kept
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => {
        // Of a page that was deleted nothing but the hash is left, and the page said when it was made.
        if (key === "sha256" && isPage(value)) return [key, "a page with an instant"];
        const isSnapshot =
          /^((label_?)?snapshot_?id|owner_id)$/i.test(key) ||
          (key === "id" && /^(labelS|s)napshot$/.test(within));
        return [key, isSnapshot ? names.snapshots.get(each as number) : canonical(each, names, key)];
      }),
  );
}

const isPage = (row: object): boolean => "name" in row && String(row.name).endsWith(".html");

/** A difference between two environments, as a reproduction lists them. */
const isNotOfGit = (each: unknown): boolean =>
  !/^environment\.git/.test(String((each as { what?: unknown } | null)?.what));
