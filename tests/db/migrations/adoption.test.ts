import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrateDatabase } from "../../../src/db/database.js";
import { createPool } from "../../../src/db/pool.js";
import { readCatalogue } from "../../support/catalogue.js";
import { createDatabase, type TestDatabase } from "../../support/database.js";
import { testing as definitions } from "../../support/deployment/testing.js";
import { makeLegacyHome } from "../../support/legacy-home.js";

const databases: TestDatabase[] = [];
const empty = async () => {
  const database = await createDatabase();
  databases.push(database);
  return database;
};
afterAll(() => Promise.all(databases.map((database) => database.drop())));

describe("a home of 0.1.0", () => {
  let fresh: Record<string, string[]>;
  beforeAll(async () => {
    const { url } = await empty();
    await migrateDatabase(url, definitions);
    fresh = await readCatalogue(url);
  });

  it.each([14, 13, 8, 1])(
    "that has %d migrations becomes what a new home is, to the last trigger",
    async (count) => {
      const { url } = await empty();
      await makeLegacyHome(url, count);
      await migrateDatabase(url, definitions);
      expect(await readCatalogue(url)).toEqual(fresh);
    },
  );

  it("is taken over once, by ten processes that start at the same time, and keeps its rows and its record", async () => {
    const { url } = await empty();
    await makeLegacyHome(url);
    const pool = createPool(url, 1);
    await pool.query("insert into models (name, description) values ('churn', 'kept')");
    await Promise.all(Array.from({ length: 10 }, () => migrateDatabase(url, definitions)));
    const { rows } = await pool.query(
      `select (select count(*)::int from asof_core_migrations) as core, (select count(*)::int from asof_legacy_migrations) as legacy,
         (select description from models) as kept, (select name from asof_deployment) as name`,
    );
    await pool.end();
    expect(rows).toEqual([{ core: expect.any(Number), legacy: 14, kept: "kept", name: "testing" }]);
  });

  it("is refused to a deployment that declares nothing of what it holds, and left as it was", async () => {
    const { url } = await empty();
    await makeLegacyHome(url);
    const pool = createPool(url, 1);
    await pool.query(
      `with run as (insert into runs (id, kind, status, params, actor) values (gen_random_uuid(), 'INGEST', 'SUCCEEDED', '{}', 'x') returning id)
       insert into snapshots (as_of, revision, content_sha256, definitions_sha256, run_id, views, sources)
       select '2024-01-31', 1, 'x', 'x', id, '[{"name":"orders","rowCount":1}]', '[]' from run`,
    );
    const before = await readCatalogue(url);
    await expect(migrateDatabase(url, definitions)).rejects.toMatchObject({
      code: "OTHER_DEPLOYMENT",
      message: expect.stringMatching(/snapshots of another deployment \(orders\).*home of its own/),
    });
    expect(await readCatalogue(url)).toEqual(before);
    await pool.end();
  });

  it("is refused where a file that it was migrated by was changed, or is not there", async () => {
    const { url } = await empty();
    await makeLegacyHome(url);
    const pool = createPool(url, 1);
    await pool.query("update asof_migrations set hash = 'other' where id = 3");
    await expect(migrateDatabase(url, definitions)).rejects.toMatchObject({
      code: "MIGRATION_CHANGED",
      message: expect.stringContaining("legacy/0002_histories.sql was changed"),
    });
    await pool.query("insert into asof_migrations (hash, created_at) values ('own', 1999999999999)");
    await expect(migrateDatabase(url, definitions)).rejects.toMatchObject({
      code: "MIGRATION_MISSING",
      message: expect.stringMatching(/^1 migrations of this database are not in drizzle\/legacy; put/),
    });
    await pool.end();
  });

  it("whose first start failed is a new one", async () => {
    const { url } = await empty();
    const pool = createPool(url, 1);
    await pool.query(
      "create table asof_migrations (id serial primary key, hash text not null, created_at bigint)",
    );
    await migrateDatabase(url, definitions);
    await pool.end();
    expect(await readCatalogue(url)).toEqual(fresh);
  });

  it.each([true, false])(
    "and a new one are closed to 0.1.0 from then on (taken over: %s)",
    async (takenOver) => {
      const { url } = await empty();
      if (takenOver) await makeLegacyHome(url);
      await migrateDatabase(url, definitions);
      const pool = createPool(url, 1);
      // What a start of 0.1.0 does first, and what it dies of.
      const started = migrate(drizzle(pool), {
        migrationsFolder: "drizzle/legacy",
        migrationsSchema: "public",
        migrationsTable: "asof_migrations",
      });
      await expect(started).rejects.toMatchObject({
        cause: { message: 'function "asof_refuse_change" already exists with same argument types' },
      });
      await pool.end();
      await migrateDatabase(url, definitions);
    },
  );
});
