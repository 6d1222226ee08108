import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkNode, checkSpace } from "../../src/cli/doctor/machine.js";
import { migrateDatabase } from "../../src/db/database.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import { ArtifactStore } from "../../src/registry/artifact-store.js";
import { ExternalRuns } from "../../src/registry/external-runs.js";
import { ArtifactMover } from "../../src/registry/files/artifact-mover.js";
import { waitingArtifacts } from "../../src/registry/files/verify-objects.js";
import { folderOfArtifacts } from "../support/artifact-stores.js";
import { asof } from "../support/cli.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { until } from "../support/until.js";

let home: string;
let database: TestDatabase;
let pool: Pool;
let taken: Server;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "asof-doctor-"));
  mkdirSync(join(home, "data", "month_000"), { recursive: true });
  database = await createDatabase();
  await migrateDatabase(database.url, definitions);
  pool = createPool(database.url, 4);
  taken = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  taken.close();
  await pool.end();
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

/** What it says by the name of the check. */
async function examine(env: Record<string, string> = {}, more: readonly string[] = []) {
  const { code, out, err } = await asof(["doctor", "--json", ...more], {
    ASOF_HOME: home,
    DATA_DIR: join(home, "data"),
    PORT: "0",
    DATABASE_URL: database.url,
    ...env,
  });
  expect(err).toBe("");
  const { ok, checks } = JSON.parse(out);
  expect(ok).toBe(code === 0);
  return { code, checks: Object.fromEntries(checks.map((check: { name: string }) => [check.name, check])) };
}

describe("asof doctor", () => {
  it("finds nothing wrong where asof can start, and says so", async () => {
    const { code, checks } = await examine();
    expect(code).toBe(0);
    expect(Object.values(checks).filter(({ status }: any) => status === "failed")).toEqual([]);
    expect(checks.database.message).toMatch(/^PostgreSQL 18, t_\w+ on port \d+$/);
    expect(checks.migrations.message).toMatch(/^all \d+ applied$/);
    expect(checks.data.message).toContain("1 deliveries");
  });

  it("compares artifacts that are outside the database with what is there, and reads them where it is asked to", async () => {
    const kept = folderOfArtifacts();
    const runId = (await new ExternalRuns(pool).create({ params: {}, tags: {}, environment: {} }, "tester"))
      .id;
    const store = new ArtifactStore(pool);
    const bytes = Buffer.alloc(100_000, "an artifact ");
    await store.save(runId, { name: "file", mediaType: "text/plain", bytes });
    const env = { ARTIFACTS_URL: kept.url };
    const check = async (more: string[] = []) => (await examine(env, more)).checks["artifact store"];
    expect(await check()).toMatchObject({ status: "warning", message: expect.stringContaining("1 files, ") });
    const mover = new ArtifactMover(pool, pino({ level: "silent" }), kept.url);
    mover.start();
    await until(
      "it is moved",
      async () => kept.files().size === 1 && (await waitingArtifacts(pool)).files === 0,
    );
    await mover.close();
    expect(await check(["--artifacts"])).toMatchObject({
      status: "ok",
      message: `${kept.url}: 1 files, 0.0 GiB, every byte as it was written`,
    });
    const [path] = [...kept.files().keys()] as [string];
    kept.write(path, Buffer.alloc(100_000, "other bytes "));
    expect(await check()).toMatchObject({ status: "ok" });
    expect(await check(["--artifacts"])).toMatchObject({
      status: "failed",
      message: expect.stringContaining(`${path} has other bytes than were written: its SHA-256 differs`),
      remedy: "restore them from a backup of the store, or its bucket's former versions",
    });
    kept.write(`${path}0`, bytes);
    kept.write(path, bytes);
    expect(await check()).toMatchObject({
      status: "warning",
      message: expect.stringContaining(`and 1 objects below artifacts/ that nothing names: ${path}0`),
    });
    kept.remove(path);
    expect(await check()).toMatchObject({
      status: "failed",
      message: expect.stringContaining(`${path} is not there`),
    });
    kept.write("_asof.json", Buffer.from('{"database":"another"}'));
    expect(await check()).toMatchObject({
      status: "failed",
      message: expect.stringContaining("belongs to another database"),
      remedy: expect.stringMatching(/write \{"database":"\d+-\d+"\} into its _asof.json$/),
    });
    await new ExternalRuns(pool).finish(runId, "SUCCEEDED", null, "tester");
    await pool.query("delete from artifacts");
    await pool.query("delete from artifact_blobs");
    await pool.query("delete from artifact_objects");
    await kept.stop();
  }, 120_000);

  it("says which alert rules this machine cannot send by, and nothing where there are none", async () => {
    expect((await examine()).checks.alerts).toBeUndefined();
    const add = (name: string, channel: string, options: object) =>
      pool.query(
        `insert into alert_rules (name, triggers, channel, options, actor, after_event, after_move)
         values ($1, '{"DRIFT": {}}', $2, $3, 'tester', 0, 0)`,
        [name, channel, JSON.stringify(options)],
      );
    const secret = `whsec_${Buffer.alloc(32, "a").toString("base64")}`;
    await add("on-call", "WEBHOOK", { url: "http://127.0.0.1:1/", secret: "ALERT_SECRET" });
    expect((await examine({ ALERT_SECRET: secret })).checks.alerts).toMatchObject({
      status: "warning",
      message: expect.stringMatching(
        /^rule on-call: 127\.0\.0\.1 is 127\.0\.0\.1, which is no public address/,
      ),
    });
    const allowed = { ALERT_ALLOW_HOSTS: "127.0.0.1" };
    expect((await examine(allowed)).checks.alerts.message).toMatch(/^rule on-call: ALERT_SECRET is not set/);
    expect((await examine({ ...allowed, ALERT_SECRET: secret })).checks.alerts).toMatchObject({
      status: "ok",
      message: "1 rule can send",
    });
    await add("team", "EMAIL", { to: ["team@tests.example"] });
    const mail = { SMTP_URL: "smtp://127.0.0.1:1", ALERT_FROM: "asof@tests.example" };
    expect((await examine({ ...allowed, ...mail, ALERT_SECRET: secret })).checks.alerts).toMatchObject({
      status: "warning",
      message: "rule team: the mail server of SMTP_URL cannot be used: ESOCKET",
    });
    await pool.query("delete from alert_rules");
  });

  it("knows an embedded database that is not made yet, and makes none", async () => {
    const { code, checks } = await examine({ DATABASE_URL: "" });
    expect(code).toBe(0);
    expect(checks.database.message).toBe(`embedded, made in ${home} by the first start`);
    expect((await asof(["doctor"], { ASOF_HOME: home, DATABASE_URL: "", PORT: "0" })).out).toMatch(
      /^ok +database .*\n(.*\n)*\nasof can start here\.\n$/m,
    );
  });

  it.each([
    ["configuration", { PORT: "abc" }, /PORT="abc"/, /\.env/],
    [
      "database",
      { DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/d" },
      /^127\.0\.0\.1:1\/d cannot/,
      /DATABASE_URL/,
    ],
    ["redis", { REDIS_URL: "redis://:hunter2@127.0.0.1:1" }, /^127\.0\.0\.1:1: not connected/, /REDIS_URL/],
  ])("fails on %s where %j, without a secret, and says what to do", async (name, env, message, remedy) => {
    const { code, checks } = await examine(env as Record<string, string>);
    expect(code).toBe(1);
    expect(checks[name]).toMatchObject({ status: "failed" });
    expect(checks[name].message).toMatch(message);
    expect(checks[name].remedy).toMatch(remedy);
    expect(JSON.stringify(checks)).not.toContain("hunter2");
  });

  it("fails where another program has the port", async () => {
    const { port } = taken.address() as { port: number };
    const { checks, code } = await examine({ PORT: String(port) });
    expect(code).toBe(1);
    expect(checks.port).toMatchObject({ status: "failed", message: `another program has ${port}` });
  });

  it("warns of a data directory that is not there, and is well all the same", async () => {
    const { checks, code } = await examine({ DATA_DIR: join(home, "nowhere") });
    expect(code).toBe(0);
    expect(checks.data).toMatchObject({ status: "warning", remedy: "make it, or set DATA_DIR" });
  });

  it("fails on a database that needs a newer release, and warns where one was started that does not", async () => {
    await pool.query(
      "insert into asof_core_migrations (name, sha256, release) values ('9999_later', 'x', '9.0.0')",
    );
    const beside = await examine();
    await pool.query("update asof_deployment set min_release = '9.0.0'");
    const below = await examine();
    await pool.query("delete from asof_core_migrations where name = '9999_later'");
    await pool.query("update asof_deployment set min_release = '0.2.0'");
    expect(beside.code).toBe(0);
    expect(beside.checks.migrations).toMatchObject({
      status: "warning",
      message: "core/9999_later is of another release, which was started on this database",
    });
    expect(below.code).toBe(1);
    expect(below.checks.migrations).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/needs asof 9\.0\.0 or newer, and this is \d/),
    });
  });

  it("fails on a home of another deployment, and where a migration was changed after it was applied", async () => {
    await pool.query("update asof_deployment set name = 'credit'");
    const other = await examine();
    await pool.query("update asof_deployment set name = 'testing'");
    await pool.query("update asof_deployment_migrations set sha256 = 'x' || sha256");
    const changed = await examine();
    await pool.query("update asof_deployment_migrations set sha256 = substr(sha256, 2)");
    expect(other.checks.migrations).toMatchObject({
      status: "failed",
      message: expect.stringContaining('holds the data of deployment "credit"'),
    });
    expect(changed.checks.migrations).toMatchObject({
      status: "failed",
      message: expect.stringContaining("migration testing/0000_baseline.sql was changed"),
    });
  });

  it("fails on a database of another program, before and after a start has failed on it", async () => {
    const foreign = await createDatabase();
    const shop = createPool(foreign.url, 1);
    await shop.query("create table users (id int)");
    const before = await examine({ DATABASE_URL: foreign.url });
    await expect(migrateDatabase(foreign.url, definitions)).rejects.toThrow(
      /^the schema of database "t_\w+" cannot be made or changed: relation "users" already exists; nothing of it was kept/,
    );
    const after = await examine({ DATABASE_URL: foreign.url });
    await shop.end();
    await foreign.drop();
    for (const { code, checks } of [before, after]) {
      expect(code).toBe(1);
      expect(checks.migrations).toMatchObject({
        status: "failed",
        message: "tables of another program are where asof's would be: users",
      });
    }
  });

  it("fails on a database that is not in UTF8", async () => {
    const name = `${new URL(database.url).pathname.slice(1)}_latin`;
    await pool.query(`create database "${name}" template template0 encoding 'LATIN1' locale 'C'`);
    const url = new URL(database.url);
    url.pathname = `/${name}`;
    const { code, checks } = await examine({ DATABASE_URL: url.href });
    await pool.query(`drop database "${name}"`);
    expect(code).toBe(1);
    expect(checks.database).toMatchObject({ status: "failed", message: `${name} is in LATIN1` });
  });

  it("fails for a user who may not create tables", async () => {
    const name = new URL(database.url).pathname.slice(1);
    await pool.query(`create role "${name}_reader" login password 'reader'`);
    const url = new URL(database.url);
    url.username = `${name}_reader`;
    url.password = "reader";
    const { checks, code } = await examine({ DATABASE_URL: url.href });
    await pool.query(`drop role "${name}_reader"`);
    expect(code).toBe(1);
    expect(checks.permissions).toMatchObject({
      status: "failed",
      message: `${name}_reader may not create schemas`,
    });
  });

  it.each([
    ["20.18.3", "failed"],
    ["18.20.0", "failed"],
    ["20.19.0", "ok"],
    ["22.0.0", "ok"],
  ])("says of node %s: %s", (version, status) => expect(checkNode(version).status).toBe(status));

  it.each([
    [255, "failed"],
    [256, "warning"],
    [2047, "warning"],
    [2048, "ok"],
  ])("says of %d MiB free: %s", (mebibytes, status) =>
    expect(checkSpace("home", mebibytes * 2 ** 20).status).toBe(status),
  );
});
