import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testConfig } from "../support/config.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { hasPgbouncer, startPgbouncer, type TestPooler } from "../support/pgbouncer.js";
import { until } from "../support/until.js";

const USERS = userIds(12);
const JANUARY = "2024-01-31";
const SERVERS = 3;
const LIMIT_MS = 1_500;

describe.skipIf(!hasPgbouncer)(
  "through PgBouncer in transaction mode (skipped where it is not installed)",
  () => {
    let worker: TestApp;
    let pooler: TestPooler;
    let api: TestApp;
    beforeAll(async () => {
      worker = await startTestApp();
      writeDelivery(worker.dataDir, JANUARY, smallDelivery(USERS));
      // As it comes: it refuses `options`, and hands out fewer connections than asof has.
      pooler = await startPgbouncer(worker.url, {
        pool_mode: "transaction",
        default_pool_size: String(SERVERS),
      });
      api = await startTestApp({
        role: "api",
        databaseUrl: worker.url,
        requestTimeoutMs: LIMIT_MS,
        dataDir: worker.dataDir,
        config: { pooledUrl: pooler.url, connections: 12 },
      });
    });
    afterAll(async () => {
      await api?.stop();
      pooler?.stop();
      await worker?.stop();
    });

    const features = async (user: string, more = "") =>
      (
        await api.client.query(
          `query($user: ID!) { features(userId: $user${more}) { values { supportTickets90d monthlyFee } } }`,
          { user },
        )
      ).features.values;

    it("runs are queued and followed, values pushed and read, at once", async () => {
      expect((await api.client.ingest(JANUARY, JANUARY)).error).toBeNull();
      const answers = await Promise.all(
        USERS.flatMap((user) => [features(user), features(user, `, asOf: "${JANUARY}"`)]),
      );
      expect(answers).toEqual(
        USERS.flatMap((_, n) => {
          const values = { supportTickets90d: n % 5, monthlyFee: 20.5 + n };
          return [values, values];
        }),
      );
      await api.client.query(
        `mutation { push(input: { view: "support_agg_90d", rows: [{ userId: "${USERS[0]}", asOf: "2024-02-10",
        values: { support_tickets_90d: 44 } }] }) { accepted } }`,
      );
      expect((await features(USERS[0]!)).supportTickets90d).toBe(44);
      const { runs } = await api.client.query("{ runs(first: 5) { nodes { kind status steps { name } } } }");
      expect(runs.nodes).toMatchObject([{ kind: "INGEST", status: "SUCCEEDED" }]);
    });

    it("a request that takes too long is answered, and its statement ended by the pooler's own key", async () => {
      const held = await worker.hold("users");
      const { code } = await api.client.error("{ users(first: 3) { nodes { userId } } }");
      expect(code).toBe("REQUEST_TIMEOUT");
      await until("no statement of it waits", async () => (await waiting()) === 0);
      await held.release();
      const { users } = await api.client.query("{ users(first: 3) { nodes { userId } } }");
      expect(users.nodes).toHaveLength(3);
    });

    it("no setting and no named statement stays on PostgreSQL's sessions", async () => {
      const opened = await openDatabase(
        testConfig({ databaseUrl: worker.url, pooledUrl: pooler.url }),
        definitions,
        0,
      );
      const clients = await Promise.all(Array.from({ length: SERVERS }, () => opened.requests.connect()));
      const seen = new Map<number, unknown>();
      for (const client of clients) {
        await client.query("begin");
        const { rows } = await client.query(
          `select pg_backend_pid() as pid, current_setting('statement_timeout') as timeout,
           current_setting('plan_cache_mode') as plans, (select count(*)::int from pg_prepared_statements where name like 'asof%') as named,
           current_setting('TimeZone') as zone, current_setting('DateStyle') as dates`,
        );
        const { pid, ...rest } = rows[0];
        seen.set(pid, rest);
      }
      for (const client of clients) {
        await client.query("rollback");
        client.release();
      }
      await opened.close();
      expect([...seen.values()]).toEqual(
        Array.from({ length: SERVERS }, () => ({
          ...{ timeout: "0", plans: "auto", named: 0 },
          ...{ zone: "UTC", dates: expect.stringMatching(/^ISO/) },
        })),
      );
    });

    it("a database whose defaults would change what is read is refused, with what to set", async () => {
      const name = new URL(worker.url).pathname.slice(1);
      await worker.sql(`alter database "${name}" set bytea_output = 'escape'`);
      const other = await startPgbouncer(worker.url, { pool_mode: "transaction" });
      const opened = openDatabase(
        testConfig({ databaseUrl: worker.url, pooledUrl: other.url }),
        definitions,
        0,
      );
      await expect(opened).rejects.toThrow(/bytea_output is escape.*alter database … set bytea_output = hex/);
      await worker.sql(`alter database "${name}" reset bytea_output`);
      other.stop();
    });

    const waiting = async () =>
      (
        await worker.sql(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
      ).length;
  },
);
