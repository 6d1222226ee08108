import { StartError } from "../../errors/start-errors.js";
import type { Queryable } from "../pool.js";
import type { MigrationFile } from "./folder.js";

/** Where it is written down which files of a folder were applied. */
export type AppliedTable = "asof_core_migrations" | "asof_deployment_migrations";

export interface Applied {
  name: string;
  sha256: string;
}

export async function listApplied(db: Queryable, table: AppliedTable): Promise<Applied[]> {
  const { rows: found } = await db.query("select to_regclass($1) is not null as there", [table]);
  if (!found[0].there) return [];
  return (await db.query<Applied>(`select name, sha256 from ${table} order by name`)).rows;
}

/**
 * The files that are not applied yet, in name order, whether they come before or after what is applied. Applied ones
 * that the folder lacks are a newer release's: `min_release` says whether this one may start beside it.
 * @throws {StartError} MIGRATION_CHANGED: a file is another one than when it was applied, or has another name
 */
export function pendingOf(
  folder: string,
  files: readonly MigrationFile[],
  applied: readonly Applied[],
): MigrationFile[] {
  const hashes = new Map(applied.map(({ name, sha256 }) => [name, sha256]));
  const pending = files.filter(({ name }) => !hashes.has(name));
  for (const { name, sha256 } of files) {
    const before = hashes.get(name);
    if (before === undefined || before === sha256) continue;
    throw new StartError(
      "MIGRATION_CHANGED",
      `migration ${folder}/${name}.sql was changed after it was applied: its SHA-256 is ${sha256.slice(0, 12)}…, then ${before.slice(0, 12)}…; bring the file back as it was, and write what is new into a migration of its own`,
    );
  }
  const known = new Set(files.map(({ name }) => name));
  for (const { name, sha256 } of applied) {
    const renamed = known.has(name) ? undefined : pending.find((file) => file.sha256 === sha256);
    if (!renamed) continue;
    throw new StartError(
      "MIGRATION_CHANGED",
      `migration ${folder}/${name}.sql was applied and is now named ${renamed.name}.sql; give it its name back`,
    );
  }
  return pending;
}

export async function createAppliedTables(db: Queryable): Promise<void> {
  for (const table of ["asof_core_migrations", "asof_deployment_migrations"] satisfies AppliedTable[]) {
    if ((await db.query("select to_regclass($1) is not null as there", [table])).rows[0].there) continue;
    await db.query(
      `create table ${table} (
         name text primary key,
         sha256 text not null,
         release text not null,
         applied_at timestamptz not null default clock_timestamp()
       )`,
    );
  }
}

/** Executes the file, statement by statement. */
export async function applyFile(db: Queryable, folder: string, file: MigrationFile): Promise<void> {
  for (const statement of file.statements) {
    try {
      await db.query(statement);
    } catch (cause) {
      throw new FailedStatement(`${folder}/${file.name}.sql`, cause as Error);
    }
  }
}

export async function recordFile(
  db: Queryable,
  table: AppliedTable,
  { name, sha256 }: MigrationFile,
  release: string,
): Promise<void> {
  await db.query(`insert into ${table} (name, sha256, release) values ($1, $2, $3)`, [name, sha256, release]);
}

/** PostgreSQL's own message, and the file it came from. */
export class FailedStatement extends Error {
  constructor(
    readonly file: string,
    override readonly cause: Error,
  ) {
    super(cause.message, { cause });
  }
}
