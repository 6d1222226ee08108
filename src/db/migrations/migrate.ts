import { join } from "node:path";
import type pg from "pg";
import type { Logger } from "pino";
import type { Deployment } from "../../definitions/language/deployment.js";
import { StartError } from "../../errors/start-errors.js";
import { VERSION } from "../../values/version.js";
import type { Client } from "../pool.js";
import { adoptLegacyHome } from "./adopt.js";
import {
  type AppliedTable,
  applyFile,
  createAppliedTables,
  FailedStatement,
  listApplied,
  pendingOf,
  recordFile,
} from "./apply.js";
import { requireDeclaredTables, requireDeclaredWindows } from "./declared-tables.js";
import { findDeploymentRow, keepDeploymentRow, requireFit } from "./deployment-row.js";
import { type MigrationFile, readMigrations, SHIPPED_MIGRATIONS } from "./folder.js";
import { readEntityColumns, refuseLosses, requireNothingLost } from "./history-guard.js";
import { applyLegacyRest, isLegacyHome } from "./legacy.js";
import { withMigrationLock } from "./lock.js";
import { leaveRoomForUpdates } from "./room-for-updates.js";

/** Whose tables a database is to have. */
export interface MigrateTarget extends Deployment {
  /** Of the program; absent: this one. */
  release?: string;
}

const OLDEST_VERSION = 160_000;

/** Where a deployment's migrations are unless it says otherwise. */
export const migrationsFolder = ({ name, migrations }: Pick<Deployment, "name" | "migrations">): string =>
  migrations ?? join(SHIPPED_MIGRATIONS, name);

/**
 * Brings a database to the schema of this program and of a deployment: drizzle/core, then the deployment's folder; a
 * home of 0.1.0 gets the rest of drizzle/legacy and is adopted first. One transaction: all of it is kept, or nothing.
 * @throws {StartError} it holds another deployment's data, needs a newer release, or a migration was changed or fails
 */
export function migrateDatabase(
  url: string,
  target: MigrateTarget,
  log?: Pick<Logger, "warn">,
): Promise<void> {
  const work = async (client: pg.Client) => {
    const { rows } = await client.query("select current_setting('server_version_num')::int as version");
    requireServerVersion(rows[0].version);
    await client.query("begin");
    try {
      await migrate(client, target);
      await client.query("commit");
    } catch (error) {
      await client.query("rollback").catch(() => {});
      throw explain(error as Error, client.database);
    }
  };
  return withMigrationLock(url, work, log);
}

/** One folder of files, and where it is written down which were applied. */
export interface Folder {
  name: string;
  table: AppliedTable;
  files: MigrationFile[];
}

/** What a database is brought to, in this order. */
export const targetFolders = (target: MigrateTarget): Folder[] => [
  { name: "core", table: "asof_core_migrations", files: readMigrations(join(SHIPPED_MIGRATIONS, "core")) },
  {
    name: target.name,
    table: "asof_deployment_migrations",
    files: readMigrations(migrationsFolder(target)),
  },
];

async function migrate(client: pg.Client, target: MigrateTarget): Promise<void> {
  const { name, release = VERSION } = target;
  const row = await findDeploymentRow(client);
  if (row) requireFit(row, name, release, client.database);
  const folders = targetFolders(target);
  for (const { files, name } of folders) if (files.length === 0) throw noMigrations(name, target);
  await createAppliedTables(client);
  if (!row) await takeOver(client, target, release, folders);
  const minReleases: string[] = [];
  for (const { name, table, files } of folders) {
    for (const file of pendingOf(name, files, await listApplied(client, table))) {
      if (table === "asof_deployment_migrations") refuseLosses(name, file);
      const before = await readEntityColumns(client);
      await applyFile(client, name, file);
      await requireNothingLost(client, before, name, file);
      await recordFile(client, table, file, release);
    }
    minReleases.push(...files.flatMap(({ minRelease }) => minRelease ?? []));
  }
  // A database that was dumped and restored has its tables under other numbers.
  await client.query("select asof_guard.enable()");
  await requireDeclaredTables(client, target);
  await leaveRoomForUpdates(client, target);
  requireDeclaredWindows(migrationsFolder(target), target);
  await keepDeploymentRow(client, name, minReleases);
}

/** Of a home of 0.1.0: afterwards it is as if it had begun with the baselines. */
async function takeOver(
  client: pg.Client,
  target: MigrateTarget,
  release: string,
  folders: Folder[],
): Promise<void> {
  if (!(await isLegacyHome(client))) {
    // Empty: 0.1.0 was started on this database and failed.
    await client.query("drop table if exists asof_migrations");
    return;
  }
  await applyLegacyRest(client, join(SHIPPED_MIGRATIONS, "legacy"));
  const [core, deployment] = folders.map(({ files }) => files.slice(0, 1)) as [
    MigrationFile[],
    MigrationFile[],
  ];
  await adoptLegacyHome(client as unknown as Client, target, { core, deployment });
  for (const { table, files } of folders) await recordFile(client, table, files[0]!, release);
}

function noMigrations(name: string, target: MigrateTarget): StartError {
  const folder = name === "core" ? "drizzle/core" : migrationsFolder(target);
  return new StartError(
    "MIGRATION_MISSING",
    `deployment ${JSON.stringify(target.name)} has no migrations: ${folder} holds no .sql file; write them with npm run db:generate`,
  );
}

function explain(error: Error, database: string | undefined): Error {
  if (error instanceof StartError) return error;
  const file = error instanceof FailedStatement ? ` (in ${error.file})` : "";
  return new StartError(
    "MIGRATION_FAILED",
    `the schema of database ${JSON.stringify(database)} cannot be made or changed: ${error.message}; nothing of it was kept${file}; DATABASE_URL must name a database of asof's own, in UTF8, where its user may create schemas and tables`,
    { cause: error },
  );
}

/**
 * @param version as `server_version_num` gives it: 150004 is 15.4
 * @throws {Error} older than 16
 */
export function requireServerVersion(version: number): void {
  if (version >= OLDEST_VERSION) return;
  const shown = `${Math.floor(version / 10_000)}.${version % 10_000}`;
  throw new Error(`PostgreSQL ${shown} is too old: asof needs 16 or newer; check DATABASE_URL`);
}
