import type { Refuse } from "./contradictions.js";
import { readStatement } from "./sql-statement.js";

/** Where a source's data comes from. Definitions name places and variables; they never hold credentials. */
export type Origin = FilesOrigin | SqlOrigin;

export interface FilesOrigin {
  readonly kind: "files";
  /** A folder, relative to DATA_DIR, or a URL such as `s3://bucket/prefix`; null: wherever the ingest's `source` is. */
  readonly at: string | null;
}

export interface SqlOrigin {
  readonly kind: "sql";
  /** The environment variable with the URL of the database. */
  readonly variable: string;
  readonly statement: string;
  /** After which a fetch of rows is given up. */
  readonly timeoutSeconds: number;
}

/**
 * One file a delivery, `<at>/<delivery>/<source>.csv` (or another format).
 * @param at a folder, relative to DATA_DIR, or `s3://bucket/prefix`; DATA_DIR unless given
 */
export const files = (at?: string): FilesOrigin => ({ kind: "files", at: at ?? null });

/**
 * The rows of a query on another PostgreSQL, read by cursor in a transaction that cannot write.
 * @param variable the NAME of the environment variable with the database's URL: `"WAREHOUSE_URL"`
 * @param statement one query. `{asOf}` is the date of the delivery, a `date`: all of that day is `updated_at < {asOf} + 1`
 * @param options `timeoutSeconds`: after which a fetch of rows is given up; 600 unless given
 */
export const sql = (
  variable: string,
  statement: string,
  { timeoutSeconds = 600 }: { timeoutSeconds?: number } = {},
): SqlOrigin => ({ kind: "sql", variable, statement, timeoutSeconds });

/** As definitions write it. */
export const originInWords = (origin: Origin | undefined): string =>
  origin?.kind === "sql"
    ? `sql(${JSON.stringify(origin.variable)}, ${JSON.stringify(origin.statement)})`
    : `files(${origin?.at ? JSON.stringify(origin.at) : ""})`;

const FOLDER = "folder";
const URL_SCHEME = /^([a-z][a-z0-9+.-]*):\/\//;

/** The scheme that reads it; null: the one that recognises the ingest's `source`. */
export function schemeOfOrigin(origin: Origin | undefined): string | null {
  if (origin?.kind === "sql") return "sql";
  if (!origin || origin.at === null) return null;
  return URL_SCHEME.exec(origin.at)?.[1] ?? FOLDER;
}

/** What is declared of a source's files. */
interface Placed {
  readonly from?: Origin;
  readonly file?: string;
  readonly delimiter?: string;
  readonly decimal?: string;
}

/** Refuses what cannot be read whatever the schemes are. */
export function checkOrigin({ from, ...declared }: Placed, refuse: Refuse): void {
  if (from === undefined) return;
  if (from.kind === "files") {
    checkFiles(from, refuse);
    return;
  }
  if (!/^[A-Za-z_]\w{0,99}$/.test(from.variable))
    // What it is is not repeated: it may be a URL with a password.
    refuse(
      'from: sql takes the name of an environment variable first, such as "WAREHOUSE_URL"; its value is the URL',
    );
  for (const problem of readStatement(from.statement).problems) refuse(`from: the statement ${problem}`);
  if (!(from.timeoutSeconds >= 1 && from.timeoutSeconds <= 86_400))
    refuse(`from: timeoutSeconds ${from.timeoutSeconds} must be from 1 to 86400`);
  for (const option of ["file", "delimiter", "decimal"] as const) {
    if (declared[option] !== undefined) refuse(`${option} is said of files, and its rows come from sql`);
  }
}

function checkFiles({ at }: FilesOrigin, refuse: Refuse): void {
  if (at === null) return;
  if (at.trim() === "" || at.includes("\0"))
    refuse("from: files names no folder; leave it out where the files are in DATA_DIR");
  if (/^[^/]*:\/\/[^/]*@/.test(at))
    refuse("from: files takes no credentials; set them in the environment of the processes that ingest");
}
