import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.js";
import { requireSessions } from "../../src/db/pooler.js";
import { asof } from "../support/cli.js";
import { testConfig } from "../support/config.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { until } from "../support/until.js";

const hasPgbouncer = spawnSync("pgbouncer", ["--version"]).status === 0;
let database: TestDatabase;
let folder: string;
let pooler: ChildProcess | null = null;

beforeAll(async () => {
  database = await createDatabase();
  folder = mkdtempSync(join(tmpdir(), "asof-pooler-"));
});
afterEach(() => {
  pooler?.kill("SIGKILL");
  pooler = null;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

/** @returns the URL of the test's database through it */
async function startPooler(settings: Record<string, string>): Promise<string> {
  const direct = new URL(database.url);
  const port = await freePort();
  const users = join(folder, "users.txt");
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(users, `"${direct.username}" "${direct.password}"\n`);
  const all = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    auth_type: "plain",
    auth_file: users,
    ...settings,
  };
  const lines = Object.entries({ ...all, unix_socket_dir: "" }).map(([name, value]) => `${name} = ${value}`);
  const place = `host=127.0.0.1 port=${direct.port} password=${direct.password}`;
  writeFileSync(file, `[databases]\n* = ${place}\n[pgbouncer]\n${lines.join("\n")}\n`);
  // It does not run as root.
  let owner = {};
  if (process.getuid?.() === 0) {
    const id = (flag: string) => Number(spawnSync("id", [flag, "nobody"]).stdout.toString());
    owner = { uid: id("-u"), gid: id("-g") };
    chmodSync(folder, 0o755);
    for (const path of [users, file]) chownSync(path, id("-u"), id("-g"));
  }
  pooler = spawn("pgbouncer", [file], { ...owner, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  pooler.stderr!.on("data", (text) => (said += text));
  await until("the pooler listens", () => said.includes("process up"));
  direct.port = String(port);
  return direct.href;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

describe("PostgreSQL itself", () => {
  it("is found to be that", () => expect(requireSessions(database.url)).resolves.toBeUndefined());
});

const PASSES = "options,extra_float_digits";

describe.skipIf(!hasPgbouncer)("behind PgBouncer (skipped where it is not installed)", () => {
  it.each([
    ["transaction", { ignore_startup_parameters: PASSES }, /in transaction mode, where session locks/],
    ["statement", { ignore_startup_parameters: PASSES }, /in statement mode/],
    ["transaction", {}, /refuses settings of a session \(.*unsupported startup parameter/],
    ["session", {}, /refuses settings of a session/],
  ])("in %s mode with %j a start is refused at once, with the reason", async (mode, settings, reason) => {
    const url = await startPooler({ pool_mode: mode, ...settings });
    const since = performance.now();
    const opened = openDatabase(testConfig({ databaseUrl: url }), definitions);
    await expect(opened).rejects.toThrow(reason);
    await expect(opened).rejects.toThrow(/name the PostgreSQL server itself in DATABASE_URL/);
    expect(performance.now() - since).toBeLessThan(15_000);
  });

  it("is found by doctor, too", async () => {
    const url = await startPooler({ pool_mode: "transaction", ignore_startup_parameters: PASSES });
    const { code, out } = await asof(["doctor", "--json"], { DATABASE_URL: url, PORT: "0" });
    const { checks } = JSON.parse(out);
    expect(checks.find(({ name }: { name: string }) => name === "database")).toMatchObject({
      status: "failed",
      message: expect.stringContaining("in transaction mode"),
    });
    expect(code).toBe(1);
  });

  it("is refused in session mode, too, where it drops settings that the database does not have", async () => {
    await onServer(`alter database ${database.name} set timezone = 'Europe/Berlin'`);
    const url = await startPooler({ pool_mode: "session", ignore_startup_parameters: PASSES });
    await expect(requireSessions(url)).rejects.toThrow(/ignores settings of a session \(TimeZone\)/);
    await onServer(`alter database ${database.name} reset timezone`);
  });

  it("is taken in session mode with the settings", async () => {
    const url = await startPooler({ pool_mode: "session", ignore_startup_parameters: PASSES });
    await expect(requireSessions(url)).resolves.toBeUndefined();
  });
});

async function onServer(sql: string): Promise<void> {
  const { createClient } = await import("../../src/db/pool.js");
  const client = createClient(database.url);
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
