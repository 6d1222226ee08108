import { existsSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { requireServerVersion } from "../../db/database.js";
import { joinEmbedded } from "../../db/embedded/shared-server.js";
import { createClient } from "../../db/pool.js";
import { PoolerError, requireSessions } from "../../db/pooler.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import type { AlertsConfig } from "../../process/config/alerts.js";
import type { Config } from "../../process/config.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { checkAlertRules } from "./alerts.js";
import { checkArtifactStores } from "./artifacts.js";
import { checkAudit } from "./audit.js";
import { type Check, failed, ok, warning } from "./check.js";
import { checkLake, type LakeConfig } from "./lake.js";
import { checkHistoryGuard, checkMigrations } from "./migrations.js";
import { checkWindowDates } from "./windows.js";

const CONNECT_MS = 5_000;
/** What one process of role `all` takes at most of a server that others use, too, as docs/operations.md adds it up. */
const CONNECTIONS_NEEDED = 22;

type PlacesConfig = LakeConfig & Pick<Config, "artifactsUrl">;

/** What takes long, and is done where it is asked for. */
export interface AskedChecks {
  /** Whether every file of the lake is read. */
  lake: boolean;
  /** Whether every artifact that is kept outside the database is read. */
  artifacts: boolean;
  /** Null: the audit log is not verified. */
  audit: { head: string | null } | null;
}

/** Everything about the database and the lake beside it; an embedded server that does not run is started for it and stopped again. */
export async function checkDatabase(
  config: Pick<Config, "databaseUrl" | "home"> & PlacesConfig & AlertsConfig,
  definitions: Deployment,
  asked: AskedChecks,
): Promise<Check[]> {
  const lake = { config, asked };
  if (config.databaseUrl)
    return checkServer(config.databaseUrl, definitions, lake, "check DATABASE_URL and that the server runs");
  if (!existsSync(join(config.home, "postgres", "data")))
    return [ok("database", `embedded, made in ${config.home} by the first start`)];
  try {
    const server = await joinEmbedded(config.home);
    try {
      return await checkServer(
        server.url,
        definitions,
        lake,
        `read ${join(config.home, "postgres", "postgres.log")}`,
      );
    } finally {
      await server.leave();
    }
  } catch (error) {
    const remedy = `read ${join(config.home, "postgres", "postgres.log")}; asof restore brings a backup back`;
    return [failed("database", (error as Error).message, remedy)];
  }
}

async function checkServer(
  url: string,
  definitions: Deployment,
  { config, asked }: { config: PlacesConfig & AlertsConfig; asked: AskedChecks },
  remedy: string,
): Promise<Check[]> {
  const client = createClient(url);
  client.on("error", () => {});
  try {
    await requireSessions(url);
    await connect(client);
  } catch (error) {
    if (error instanceof PoolerError)
      return [
        failed(
          "database",
          error.message,
          "name the server itself in DATABASE_DIRECT_URL beside it, or in DATABASE_URL alone",
        ),
      ];
    const { hostname, port, pathname } = new URL(url);
    const { message, code } = error as Error & { code?: string };
    const place = `${hostname || "localhost"}:${port || 5432}${pathname}`;
    return [failed("database", `${place} cannot be reached: ${message || code}`, remedy)];
  }
  try {
    const { rows } = await client.query("select current_setting('server_version_num')::int as version");
    try {
      requireServerVersion(rows[0].version);
    } catch (error) {
      return [failed("database", (error as Error).message, "use PostgreSQL 16 or newer")];
    }
    const encoding = await checkEncoding(client);
    if (encoding) return [encoding];
    const { database, port } = client;
    const checks = [
      ok("database", `PostgreSQL ${Math.floor(rows[0].version / 10_000)}, ${database} on port ${port}`),
      await checkConnections(client),
      await checkPermissions(client),
    ];
    // Without them the rest cannot be looked at.
    if (checks.some(({ status }) => status === "failed")) return checks;
    return [
      ...checks,
      await checkMigrations(client, definitions),
      await checkHistoryGuard(client),
      await checkModels(client),
      ...(await checkWindowDates(client, definitions)),
      ...(await checkLake(client, definitions, config, asked.lake)),
      ...(await checkArtifactStores(client, config.artifactsUrl, asked.artifacts)),
      ...(await checkAlertRules(client, definitions, config)),
      ...(asked.audit ? [await checkAudit(client, asked.audit.head)] : []),
    ];
  } finally {
    await client.end();
  }
}

async function checkEncoding(client: pg.Client): Promise<Check | null> {
  const { rows } = await client.query<{ encoding: string }>(
    "select current_setting('server_encoding') as encoding",
  );
  const { encoding } = rows[0]!;
  if (encoding === "UTF8") return null;
  return failed("database", `${client.database} is in ${encoding}`, "create it with encoding 'UTF8'");
}

async function connect(client: pg.Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer within 5 s")), CONNECT_MS);
  });
  await Promise.race([client.connect(), late]).finally(() => clearTimeout(timer));
}

async function checkConnections(client: pg.Client): Promise<Check> {
  const { rows } = await client.query<{ most: number; used: number }>(
    `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most,
       (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`,
  );
  const { most, used } = rows[0]!;
  const message = `${used} of ${most} in use`;
  if (most - used >= CONNECTIONS_NEEDED) return ok("connections", message);
  const remedy = `raise max_connections: a process takes up to ${CONNECTIONS_NEEDED}`;
  return warning("connections", message, remedy);
}

async function checkPermissions(client: pg.Client): Promise<Check> {
  const { rows } = await client.query<{ user: string; schemas: boolean; tables: boolean; foreign: string[] }>(
    `select current_user::text as user, has_database_privilege(current_database(), 'CREATE') as schemas,
       has_schema_privilege('public', 'CREATE') as tables,
       array(select schemaname || '.' || tablename from pg_tables
             where schemaname in ('public', 'staging', 'dbos') and not pg_has_role(tableowner, 'USAGE')
             order by 1 limit 5)::text[] as foreign`,
  );
  const { user, schemas, tables, foreign } = rows[0]!;
  const name = "permissions";
  if (!schemas)
    return failed(name, `${user} may not create schemas`, `grant create on database … to ${user}`);
  if (!tables)
    return failed(name, `${user} may not create tables`, `grant create on schema public to ${user}`);
  if (foreign.length === 0) return ok(name, `${user} may create schemas and tables`);
  const message = `${user} does not own ${foreign.join(", ")}: migrations could not change them`;
  return failed(name, message, `reassign them to ${user}, or connect as their owner`);
}

/** The files that are served, hashed again: by the server, or here piece by piece. */
async function checkModels(client: pg.Client): Promise<Check> {
  const name = "artifacts";
  const table = await client.query("select to_regclass('public.model_versions') as found");
  if (!table.rows[0].found) return ok(name, "none yet");
  const { rows } = await client.query<{ model: string; version: number; sha256: string }>(
    `select model, version, sha256 from model_versions
     where stage in ('PRODUCTION', 'STAGING') and sha256 is not null order by 1, 2`,
  );
  const files = new ArtifactStore(client);
  const broken: string[] = [];
  for (const { model, version, sha256 } of rows)
    if ((await files.digest(sha256)) !== sha256) broken.push(`${model} ${version}`);
  if (broken.length === 0)
    return ok(name, `${rows.length} models in Production and Staging, each as registered`);
  const message = `not the bytes that were registered: ${broken.join(", ")}`;
  return failed(name, message, "roll back to another version (mutation rollback), or restore a backup");
}
