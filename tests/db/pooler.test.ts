import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.js";
import { requireSessions } from "../../src/db/pooler.js";
import { asof } from "../support/cli.js";
import { testConfig } from "../support/config.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { hasPgbouncer, startPgbouncer, type TestPooler } from "../support/pgbouncer.js";

let database: TestDatabase;
let pooler: TestPooler | null = null;

beforeAll(async () => {
  database = await createDatabase();
});
afterEach(() => {
  pooler?.stop();
  pooler = null;
});
afterAll(() => database.drop());

/** @returns the URL of the test's database through it */
async function startPooler(settings: Record<string, string>): Promise<string> {
  pooler = await startPgbouncer(database.url, settings);
  return pooler.url;
}

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
    await expect(opened).rejects.toThrow(/name the PostgreSQL server itself in DATABASE_DIRECT_URL/);
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
