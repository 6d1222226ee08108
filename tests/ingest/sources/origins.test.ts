import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { files, sql } from "../../../src/definitions/language/origin.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { type Files, smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import { testing } from "../../support/deployment/testing.js";
import { type HostileS3, refuse, startHostileS3 } from "../../support/s3-server.js";
import { until } from "../../support/until.js";
import { startWarehouse, type TestWarehouse, withOrigins } from "../../support/warehouse.js";

const SECRET = "a-secret-of-this-test";

const quarantining = {
  ...testing,
  sources: testing.sources.map((source) =>
    source.name === "usage_agg_30d" ? { ...source, onInvalid: "quarantine" as const } : source,
  ),
};

/** Of each kind of place one, in one deployment; labels and payments stay in DATA_DIR. */
const definitions = withOrigins(quarantining, {
  users: sql(
    "WAREHOUSE_URL",
    `select user_id, signup_date, user_gender, user_is_senior, has_family, has_dependents
     from users where updated_at < {asOf} + 1; -- as of the end of that day`,
  ),
  usage_agg_30d: sql("WAREHOUSE_URL", "select * from usage_agg_30d order by 1", { timeoutSeconds: 2 }),
  subscriptions: files("s3://extracts/daily"),
  support_agg_90d: files("support"),
});

const ENV = ["WAREHOUSE_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"];

describe("sources of one delivery in four places", () => {
  let app: TestApp;
  let warehouse: TestWarehouse;
  let s3: HostileS3;
  let silent: Server;
  let content: Files;
  const before = Object.fromEntries(ENV.map((name) => [name, process.env[name]]));

  beforeAll(async () => {
    [warehouse, s3, app] = await Promise.all([
      startWarehouse(),
      startHostileS3(),
      startTestApp({ definitions }),
    ]);
    silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    for (const name of ENV) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    silent?.close();
    await app?.stop();
    await Promise.all([warehouse?.stop(), s3?.stop()]);
  });
  beforeEach(async () => {
    Object.assign(process.env, {
      WAREHOUSE_URL: warehouse.url,
      AWS_ACCESS_KEY_ID: "AKIDOFATEST",
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_ENDPOINT_URL: s3.url,
    });
    content = smallDelivery(userIds(30));
    const users = testing.sources.find(({ name }) => name === "users")!;
    const updated = { updated_at: "timestamptz default '2024-01-31 23:30+00'" };
    await warehouse.fill(users, "user_id", content.users!, updated);
    await restore();
  });
  afterEach(() => {
    s3.meddle = null;
  });

  function deliver(name: string): void {
    const { labels, payments_agg_90d, support_agg_90d, subscriptions } = content;
    writeDelivery(app.dataDir, name, { labels: labels!, payments_agg_90d: payments_agg_90d! });
    writeDelivery(join(app.dataDir, "support"), name, { support_agg_90d: support_agg_90d! });
    s3.put(`daily/${name}/subscriptions.csv.gz`, gzipSync(`${subscriptions!.join("\n")}\n`));
  }

  it("are ingested together, each on record with its place; again, nothing changes", async () => {
    const run = await app.client.ingest("january", "2024-01-31");
    expect(run.error).toBeNull();
    expect(run.result.rows.users).toEqual({ rows: 30, inserted: 30, updated: 0, unchanged: 0 });
    const { snapshot } = await app.client.query(
      `{ snapshot(asOf: "2024-01-31") { contentSha256 sources { name bytes rowCount from statementSha256 } } }`,
    );
    expect(snapshot.sources).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: "users",
          rowCount: 30,
          from: "WAREHOUSE_URL",
          statementSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        }),
        expect.objectContaining({
          name: "subscriptions",
          from: "s3://extracts/daily/january/subscriptions.csv.gz",
          statementSha256: null,
        }),
        expect.objectContaining({ name: "labels", from: null }),
      ]),
    );
    expect((await app.client.ingest("january", "2024-01-31")).result).toMatchObject({ unchanged: true });
    const kept = await app.sql(
      "select relname from pg_class where relnamespace = 'staging'::regnamespace and relkind = 'r'",
    );
    expect(kept).toEqual([]);
  });

  it("publish the values that files would have", async () => {
    expect((await app.client.ingest("january", "2024-01-31")).error).toBeNull();
    const rows = await app.sql(
      `select user_id, watch_hours_30d, skips_7d from usage_agg_30d order by 1 limit 2`,
    );
    expect(rows).toEqual([
      { user_id: "U-00000", watch_hours_30d: 0.125, skips_7d: 0 },
      { user_id: "U-00001", watch_hours_30d: 1.125, skips_7d: 1 },
    ]);
  });

  it("see the rows up to the end of the date, and none after it", async () => {
    await warehouse.client.query(
      "update users set updated_at = '2024-02-01 00:00+00' where user_id = 'U-00007'",
    );
    const january = await app.client.ingest("january", "2024-01-31");
    expect([january.error, january.result.rows.users.rows]).toEqual([null, 29]);
    deliver("february");
    const february = await app.client.ingest("february", "2024-02-29");
    expect([february.error, february.result.rows.users.rows]).toEqual([null, 30]);
  });

  it("are read once where they are a query: what changes afterwards, or is gone, changes nothing", async () => {
    s3.meddle = (request) => {
      // The queries were read before it.
      if (request.headers["if-match"])
        void warehouse.client.query("drop table if exists users, usage_agg_30d");
      return false;
    };
    const run = await app.client.ingest("january", "2024-01-31");
    expect(run.error).toBeNull();
    expect(run.result.rows).toMatchObject({ users: { rows: 30 }, usage_agg_30d: { rows: 30 } });
  });

  it("have rows quarantined as they were delivered", async () => {
    await warehouse.client.query("update usage_agg_30d set watch_hours_30d = -0.1 where user_id = 'U-00003'");
    const run = await app.client.ingest("january", "2024-01-31");
    expect(run.error).toBeNull();
    expect(run.result.quarantined).toEqual({ usage_agg_30d: 1 });
    const [row] = await app.sql("select source, line, row from quarantined_rows where run_id = $1", [run.id]);
    expect(row).toMatchObject({
      ...{ source: "usage_agg_30d", line: 4 },
      row: { user_id: "U-00003", watch_hours_30d: "-0.1", skips_7d: "3" },
    });
  });

  it("are listed where every file is there, queries beside them", async () => {
    deliver("february");
    const { scanDeliveries } = await app.client.query("mutation { scanDeliveries }");
    await until("a worker has looked", async () => {
      const { deliveries } = await app.client.query("{ deliveries { scannedAt } }");
      return deliveries?.scannedAt >= scanDeliveries;
    });
    const { deliveries: list } = await app.client.query(
      "{ deliveries { scannedAt problem nodes { name bytes files { source name } } } }",
    );
    expect(list.problem).toBeNull();
    expect(list.nodes.map(({ name }: { name: string }) => name).sort()).toEqual(["february", "january"]);
    expect(list.nodes[0].files).toEqual(
      expect.arrayContaining([
        { source: "users", name: "users (query)" },
        { source: "subscriptions", name: "subscriptions.csv.gz" },
        { source: "support_agg_90d", name: "support_agg_90d.csv" },
      ]),
    );
  });

  it("take Parquet from S3", async () => {
    const [header, ...lines] = content.subscriptions!.map((line) => line.split(","));
    const typed = (name: string, value: string) =>
      value === ""
        ? null
        : /^(True|False)$/.test(value)
          ? value === "True"
          : /months/.test(name)
            ? Number(value)
            : value;
    const columnData = header!.map((name, i) => ({
      name,
      data: lines.map((line) => (/fee|paid$/.test(name) ? Number(line[i]) : typed(name, line[i]!))),
      type: (/fee|paid$/.test(name)
        ? "DOUBLE"
        : /months/.test(name)
          ? "INT32"
          : /^(plan|paper)/.test(name)
            ? "BOOLEAN"
            : "STRING") as "STRING",
    }));
    s3.remove("daily/january/subscriptions.csv.gz");
    s3.put("daily/january/subscriptions.parquet", Buffer.from(parquetWriteBuffer({ columnData })));
    const asked = s3.asked.length;
    const run = await app.client.ingest("january", "2024-01-31");
    expect(run.error).toBeNull();
    expect(run.result.rows.subscriptions).toEqual({ rows: 30, inserted: 0, updated: 0, unchanged: 30 });
    // Once for its hash, once for its rows: the file that it is spooled to is hashed on the way.
    expect(s3.asked.slice(asked).filter((line) => line.includes("parquet"))).toHaveLength(2);
  });

  it.each<[string, () => void | Promise<void>, RegExp, string]>([
    [
      "an object changes after it was listed",
      () => changeWhenRead(),
      /CONFLICT/,
      "subscriptions.csv.gz changed while it was being ingested; nothing was published",
    ],
    [
      "a second format appears while it reads",
      () => appearWhenRead(),
      /BAD_USER_INPUT|CONFLICT/,
      "subscriptions.csv and subscriptions.csv.gz",
    ],
    [
      "the listing changes after its objects were read",
      () => changeOnceRead(),
      /CONFLICT/,
      "the listing of s3://extracts/daily (delivery january) changed while it was read; nothing was published",
    ],
    [
      "an object is gone",
      () => s3.remove("daily/january/subscriptions.csv.gz"),
      /SOURCE_NOT_FOUND/,
      "there is no file of a source under s3://extracts/daily/january/",
    ],
    [
      "S3 refuses the key",
      () => answer(403, "InvalidAccessKeyId"),
      /SOURCE_UNREADABLE/,
      "does not know the key in AWS_ACCESS_KEY_ID",
    ],
    [
      "S3 refuses the secret",
      () => answer(403, "SignatureDoesNotMatch"),
      /SOURCE_UNREADABLE/,
      "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID",
    ],
    [
      "S3 refuses access",
      () => answer(403, "AccessDenied"),
      /SOURCE_UNREADABLE/,
      "allow s3:ListBucket on the bucket",
    ],
    [
      "there is no bucket",
      () => answer(404, "NoSuchBucket"),
      /SOURCE_NOT_FOUND/,
      "there is no bucket of that name for s3://extracts/daily",
    ],
    [
      "S3 is not well",
      () => answer(503, "SlowDown"),
      /SOURCE_UNREADABLE/,
      "S3 answered 503 SlowDown: it is not well, or asked too often; retryRun reads it again",
    ],
    [
      "credentials are missing",
      () => unset("AWS_SECRET_ACCESS_KEY"),
      /SOURCE_UNREADABLE/,
      "AWS_SECRET_ACCESS_KEY is not set for this process",
    ],
    [
      "the URL is missing",
      () => unset("WAREHOUSE_URL"),
      /SOURCE_UNREADABLE/,
      "WAREHOUSE_URL is not set for the process that ingests",
    ],
    [
      "the URL is none",
      () => set("WAREHOUSE_URL", `mysql://u:${SECRET}@h/d`),
      /SOURCE_UNREADABLE/,
      "WAREHOUSE_URL: its value is no postgres:// URL",
    ],
    [
      "the warehouse is down",
      () => set("WAREHOUSE_URL", `postgres://u:${SECRET}@127.0.0.1:1/d`),
      /SOURCE_UNREADABLE/,
      "WAREHOUSE_URL: the database cannot be reached",
    ],
    [
      "the warehouse hangs",
      () =>
        set("WAREHOUSE_URL", `postgres://u:${SECRET}@127.0.0.1:${(silent.address() as AddressInfo).port}/d`),
      /SOURCE_UNREADABLE/,
      "WAREHOUSE_URL: the database",
    ],
    [
      "the password is wrong",
      () => set("WAREHOUSE_URL", withPassword(warehouse.url)),
      /SOURCE_UNREADABLE/,
      "refuses the user or password in it",
    ],
    [
      "a table is missing",
      async () => void (await warehouse.client.query("drop table usage_agg_30d")),
      /SOURCE_UNREADABLE/,
      'refuses the statement: relation "usage_agg_30d" does not exist (42P01)',
    ],
    [
      "a column is of another type",
      async () =>
        void (await warehouse.client.query("alter table usage_agg_30d alter skips_7d type bytea using null")),
      /VALIDATION_FAILED/,
      "column skips_7d is of the type bytea, and declared int; cast it in the statement",
    ],
    [
      "the query gives a column that is not declared",
      async () => void (await warehouse.client.query("alter table usage_agg_30d add note text")),
      /VALIDATION_FAILED/,
      '"note" is not declared; must have exactly the columns user_id, watch_hours_30d,',
    ],
    [
      "the query lacks a column",
      async () => void (await warehouse.client.query("alter table usage_agg_30d drop skips_7d")),
      /VALIDATION_FAILED/,
      "skips_7d is missing; must have exactly the columns user_id, watch_hours_30d,",
    ],
    [
      "rows take too long",
      () => slowUsage(),
      /SOURCE_UNREADABLE/,
      "did not bring rows within timeoutSeconds",
    ],
    [
      "the query would write",
      () => writingUsage(),
      /SOURCE_UNREADABLE/,
      "it would write, and asof only reads",
    ],
    [
      "there are no rows",
      async () => void (await warehouse.client.query("delete from usage_agg_30d")),
      /VALIDATION_FAILED/,
      "usage_agg_30d (query): nothing follows the header; must have at least one row (row_count)",
    ],
  ])("fail by name where %s, and a retry works", async (_, breakIt, expected, message) => {
    const [{ n }] = (await app.sql("select count(*)::int as n from snapshots")) as [{ n: number }];
    await breakIt();
    const run = await app.client.ingest("january", "2024-03-31");
    expect(run.error).toMatchObject({
      code: expect.stringMatching(expected),
      message: expect.stringContaining(message),
    });
    expect(JSON.stringify(run)).not.toMatch(/a-secret-of|AKIDOFATEST/);
    expect(await app.sql("select count(*)::int as n from snapshots")).toEqual([{ n }]);
    await restore();
    const { retryRun } = await app.client.query("mutation($id: ID!) { retryRun(id: $id) { id } }", {
      id: run.id,
    });
    expect((await app.client.finished(retryRun.id)).error).toBeNull();
  });

  const unset = (name: string) => {
    delete process.env[name];
  };
  const set = (name: string, value: string) => {
    process.env[name] = value;
  };
  const withPassword = (url: string) => {
    const wrong = new URL(url);
    wrong.password = SECRET;
    return wrong.href;
  };
  const answer = (status: number, name: string) => {
    s3.meddle = (_, response) => {
      refuse(response, status, name, `<Message>AKIDOFATEST ${SECRET}</Message>`);
      return true;
    };
  };
  const changeWhenRead = () => {
    s3.meddle = (request) => {
      if (request.headers["if-match"]) s3.put("daily/january/subscriptions.csv.gz", "another");
      return false;
    };
  };
  const changeOnceRead = () => {
    s3.meddle = (request, response) => {
      if (request.headers["if-match"])
        response.once("finish", () => s3.put("daily/january/subscriptions.csv.gz", "another"));
      return false;
    };
  };
  const appearWhenRead = () => {
    s3.meddle = (request) => {
      if (request.headers["if-match"]) s3.put("daily/january/subscriptions.csv", "another");
      return false;
    };
  };
  const slowUsage = async () => {
    await warehouse.client.query("alter table usage_agg_30d rename to kept");
    await warehouse.client.query(
      "create view usage_agg_30d as select kept.* from kept, (select pg_sleep(60)) slow",
    );
  };
  const writingUsage = async () => {
    await warehouse.client.query("alter table usage_agg_30d rename to kept");
    await warehouse.client.query("create sequence if not exists counter");
    await warehouse.client.query(
      "create view usage_agg_30d as select kept.* from kept where nextval('counter') > 0",
    );
  };
  async function restore(): Promise<void> {
    s3.meddle = null;
    for (const ending of ["csv", "parquet"]) s3.remove(`daily/january/subscriptions.${ending}`);
    await warehouse.client.query("drop view if exists usage_agg_30d").catch(() => {});
    await warehouse.client.query("drop table if exists kept");
    Object.assign(process.env, {
      ...{ WAREHOUSE_URL: warehouse.url, AWS_SECRET_ACCESS_KEY: SECRET },
    });
    const usage = testing.sources.find(({ name }) => name === "usage_agg_30d")!;
    await warehouse.fill(usage, "user_id", content.usage_agg_30d!);
    deliver("january");
  }
});
