import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { createClient, createPool } from "../../src/db/pool.js";
import type { ProcessRole } from "../../src/process/config.js";
import { createDatabase, createMigratedDatabase } from "./database.js";
import type { GraphQLClient } from "./graphql.js";
import { startProcess, type TestProcess } from "./process.js";
import { until } from "./until.js";

export type Sql = <T = Record<string, any>>(text: string, values?: unknown[]) => Promise<T[]>;

/** On one machine a connection that ends is noticed at once: tests need not wait as long as a deployment should. */
export const TAKE_OVER_AFTER_MS = 300;

/** Real processes over one database and one data directory. */
export interface Cluster {
  dataDir: string;
  url: string;
  sql: Sql;
  start(role: ProcessRole, env?: Record<string, string>): Promise<TestProcess>;
  /** A session of the test's own: what it locks stays locked until it is ended. */
  session(): Promise<pg.Client>;
  stop(): Promise<void>;
}

/** @param empty the first processes to start migrate it */
export async function startCluster({ empty = false } = {}): Promise<Cluster> {
  const database = await (empty ? createDatabase() : createMigratedDatabase());
  const home = mkdtempSync(join(tmpdir(), "asof-cluster-"));
  const pool = createPool(database.url, 3);
  const processes: TestProcess[] = [];
  const sessions: pg.Client[] = [];
  return {
    dataDir: home,
    url: database.url,
    sql: async (text, values) => (await pool.query(text, values)).rows,
    start: async (role, more) => {
      const env = { DATABASE_URL: database.url, ASOF_HOME: home, DATA_DIR: home, ASOF_ROLE: role };
      const started = await startProcess({ ...env, TAKE_OVER_AFTER_MS: String(TAKE_OVER_AFTER_MS), ...more });
      processes.push(started);
      return started;
    },
    session: async () => {
      const client = createClient(database.url);
      client.on("error", () => {});
      await client.connect();
      sessions.push(client);
      return client;
    },
    stop: async () => {
      for (const client of sessions) await client.end();
      // A stopped process takes no other signal.
      for (const { child } of processes) if (child.exitCode === null) child.kill("SIGKILL");
      await pool.end();
      await database.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export async function startIngest(client: GraphQLClient, source: string, asOf: string): Promise<string> {
  const { ingest } = await client.query(
    "mutation($source: String!, $asOf: Date!) { ingest(input: { source: $source, asOf: $asOf }) { id } }",
    { source, asOf },
  );
  return ingest.id;
}

export async function startTraining(client: GraphQLClient, input: Record<string, unknown>): Promise<string> {
  const { train } = await client.query("mutation($input: TrainInput!) { train(input: $input) { id } }", {
    input,
  });
  return train.id;
}

export const cancel = (client: GraphQLClient, id: string) =>
  client.query("mutation($id: ID!) { cancelRun(id: $id) { id status } }", { id });

export const retry = (client: GraphQLClient, id: string) =>
  client.query("mutation($id: ID!) { retryRun(id: $id) { id status attempt } }", { id });

export function stepIs(sql: Sql, runId: string, step: string, status: string): Promise<unknown> {
  return until(`step ${step} of run ${runId} is ${status}`, async () => {
    const rows = await sql("select 1 from run_steps where run_id = $1 and name = $2 and status = $3", [
      runId,
      step,
      status,
    ]);
    return rows.length > 0;
  });
}

/** Waits until some backend waits for a lock on the table. */
export function waitsFor(sql: Sql, table: string, waiting = 1): Promise<unknown> {
  return until(`${waiting} backends wait for ${table}`, async () => {
    const rows = await sql(
      `select 1 from pg_locks where relation = $1::regclass and database = (select oid from pg_database where datname = current_database()) and not granted`,
      [table],
    );
    return rows.length >= waiting;
  });
}

/** What runs leave behind, without what differs from run to run: ids, clocks. */
export async function storeContents(sql: Sql): Promise<Record<string, unknown>> {
  const tables = await sql<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and
       (relname in (select name from unnest($1::text[]) name) or relname like '%\\_snapshots' or relname like 'online\\_%'
         or relname like '%\\_online') order by 1`,
    [
      [
        "users",
        "subscriptions",
        "usage_agg_30d",
        "payments_agg_90d",
        "support_agg_90d",
        "labels",
        "snapshots",
        "quarantined_rows",
      ],
    ],
  );
  const contents: Record<string, unknown> = {};
  for (const { name } of tables) {
    contents[name] = await sql(
      `select count(*)::int as rows, md5(string_agg(row, e'\\n' order by row)) as content from (
         select (to_jsonb(t) - '{id,snapshot_id,run_id,created_at,materialized_at}'::text[])::text as row from "${name}" t) r`,
    );
  }
  contents.models = await sql("select model, version, sha256, threshold from model_versions order by 1, 2");
  contents.staging = await sql(
    "select relname from pg_class where relnamespace = 'staging'::regnamespace and relkind = 'r'",
  );
  return contents;
}
