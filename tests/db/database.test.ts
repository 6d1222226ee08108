import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrateDatabase, openDatabase, requireServerVersion } from "../../src/db/database.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import { testConfig } from "../support/config.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { testing as definitions } from "../support/deployment/testing.js";

describe("the database of DATABASE_URL", () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.url, 2);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it("is migrated once by ten processes that start at the same time", async () => {
    await Promise.all(Array.from({ length: 10 }, () => migrateDatabase(database.url, definitions)));
    const { rows } = await pool.query(
      "select count(*)::int as applied, count(distinct sha256)::int as migrations from asof_core_migrations",
    );
    expect(rows[0].applied).toBe(rows[0].migrations);
    expect((await pool.query("select * from snapshots")).rows).toEqual([]);
  });

  it("is opened again without another migration", async () => {
    const count = async () => (await pool.query("select count(*) from asof_core_migrations")).rows[0].count;
    const before = await count();
    await (await openDatabase(testConfig({ databaseUrl: database.url }), definitions)).close();
    expect(await count()).toBe(before);
  });

  it.each([
    ["postgres://me:hunter2@127.0.0.1:1/shop", "PostgreSQL at 127.0.0.1:1/shop cannot be reached"],
    ["postgres://me:hunter2@no-such-host.invalid/shop", "no-such-host.invalid:5432/shop cannot be reached"],
    [() => withPassword(database.url, "hunter2"), "password authentication failed"],
    [() => database.url.replace(/t_\w+$/, "no_such"), 'database "no_such" does not exist'],
  ])("%s is refused with what to do, and without its password", async (url, expected) => {
    const databaseUrl = typeof url === "string" ? url : url();
    const error: Error = await openDatabase(testConfig({ databaseUrl }), definitions).then(
      () => expect.fail("it was opened"),
      (error) => error,
    );
    expect(error.message).toContain(expected);
    expect(error.message).toContain("check DATABASE_URL");
    expect(error.message).not.toContain("hunter2");
    expect(error.message).not.toContain(new URL(database.url).password);
  });

  it.each([
    [150_004, "PostgreSQL 15.4 is too old: asof needs 16 or newer; check DATABASE_URL"],
    [90_624, "PostgreSQL 9.624 is too old: asof needs 16 or newer; check DATABASE_URL"],
    [160_000, null],
    [180_004, null],
  ])("of version %d is answered with %s", (version, expected) => {
    let message: string | null = null;
    try {
      requireServerVersion(version);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toBe(expected);
  });
});

function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
}
