import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrateDatabase } from "../../../src/db/database.js";
import { compareReleases } from "../../../src/db/migrations/release.js";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { definitions } from "../../features/definitions.js";
import { createDatabase, type TestDatabase } from "../../support/database.js";
import { type OwnMigrations, ownMigrations } from "../../support/deployment.js";

let database: TestDatabase;
let pool: Pool;
let own: OwnMigrations;
beforeEach(async () => {
  database = await createDatabase();
  pool = createPool(database.url, 1);
  own = ownMigrations();
  await own.generate(definitions);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
  own.remove();
});

const migrate = (release?: string) =>
  migrateDatabase(database.url, {
    ...definitions,
    migrations: own.folder,
    ...(release ? { release } : {}),
  });
const write = (name: string, sql: string) => writeFileSync(join(own.folder, `${name}.sql`), `${sql}\n`);
const applied = async () =>
  (await pool.query("select name from asof_deployment_migrations order by applied_at, name")).rows.map(
    ({ name }) => name,
  );
const columns = async (table: string) =>
  (
    await pool.query(
      "select column_name as name from information_schema.columns where table_name = $1 order by ordinal_position",
      [table],
    )
  ).rows.map(({ name }) => name);

describe("the migrations of a foreign deployment", () => {
  it("make its tables beside asof's own, and no other deployment's", async () => {
    await migrate();
    expect(await columns("play")).toEqual(["user_id", "hours", "skips", "as_of"]);
    expect(await columns("runs")).toContain("attributes");
    expect(await columns("subscriptions")).toEqual([]);
    expect((await pool.query("select name, min_release from asof_deployment")).rows).toEqual([
      { name: "default", min_release: "0.2.0" },
    ]);
  });

  it("are applied in the order of their names, also a file that comes before one that is applied", async () => {
    write("0002_second", `alter table "play" add column "b" integer;`);
    await migrate();
    write("0001_first", `alter table "play" add column "a" integer;`);
    await migrate();
    await migrate();
    expect(await applied()).toEqual(["0000_baseline", "0002_second", "0001_first"]);
    expect(await columns("play")).toEqual(["user_id", "hours", "skips", "as_of", "b", "a"]);
  });

  it("that were changed after they were applied are refused by name, and nothing is applied", async () => {
    write("0001_first", `alter table "play" add column "a" integer;`);
    await migrate();
    write("0001_first", `alter table "play" add column "a" integer; -- only a comment`);
    write("0002_second", `alter table "play" add column "b" integer;`);
    await expect(migrate()).rejects.toMatchObject({
      code: "MIGRATION_CHANGED",
      message: expect.stringMatching(
        /^migration default\/0001_first\.sql was changed after it was applied: .*; bring the file back as it was/,
      ),
    });
    expect(await columns("play")).not.toContain("b");
  });

  it("that got another name are refused, by both", async () => {
    write("0001_first", `alter table "play" add column "a" integer;`);
    await migrate();
    renameSync(join(own.folder, "0001_first.sql"), join(own.folder, "0002_first.sql"));
    await expect(migrate()).rejects.toMatchObject({
      code: "MIGRATION_CHANGED",
      message:
        "migration default/0001_first.sql was applied and is now named 0002_first.sql; give it its name back",
    });
  });

  it("are kept whole or not at all: one that fails takes those before it back", async () => {
    write("0001_first", `alter table "play" add column "a" integer;`);
    write("0002_second", `alter table "nowhere" add column "b" integer;`);
    await expect(migrate()).rejects.toMatchObject({
      code: "MIGRATION_FAILED",
      message: expect.stringMatching(
        /relation "nowhere" does not exist; nothing of it was kept \(in default\/0002_second\.sql\)/,
      ),
    });
    expect(await columns("play")).toEqual([]);
    expect(
      (await pool.query("select to_regclass('asof_core_migrations') as there")).rows[0].there,
    ).toBeNull();
  });

  it("are asked for where there are none", async () => {
    rmSync(own.folder, { recursive: true });
    await expect(migrate()).rejects.toMatchObject({
      code: "MIGRATION_MISSING",
      message: expect.stringMatching(/deployment "default" has no migrations: .*npm run db:generate$/),
    });
  });
});

describe("a database", () => {
  it("is refused to another deployment, with both names and what to do, and left as it was", async () => {
    await migrate();
    const other = { ...definitions, name: "credit", migrations: own.folder };
    await expect(migrateDatabase(database.url, other)).rejects.toMatchObject({
      code: "OTHER_DEPLOYMENT",
      message: expect.stringMatching(
        /holds the data of deployment "default", and the definitions are those of "credit"; give "credit" a home of its own \(ASOF_HOME or DATABASE_URL\)/,
      ),
    });
  });

  it("raises what it needs with a migration that says so, and is refused to older releases from then on", async () => {
    await migrate("0.2.0");
    write("0001_contract", `-- min-release: 0.10.0\nalter table "play" add column "a" integer;`);
    await migrate("0.10.0");
    await expect(migrate("0.9.7")).rejects.toMatchObject({
      code: "RELEASE_TOO_OLD",
      message: expect.stringMatching(
        /needs asof 0\.10\.0 or newer, and this is 0\.9\.7; start asof 0\.10\.0 or newer, or restore a backup/,
      ),
    });
    await migrate("0.10.1");
  });

  it("takes an older release beside a newer one that only added to it", async () => {
    write("0001_added", `alter table "play" add column "a" integer;`);
    await migrate("0.3.0");
    rmSync(join(own.folder, "0001_added.sql"));
    await migrate("0.2.0");
    expect(await applied()).toEqual(["0000_baseline", "0001_added"]);
  });
});

it.each([
  ["0.2.0", "0.2.0", 0],
  ["0.9.0", "0.10.0", -1],
  ["1.0.0", "0.10.0", 1],
  ["0.2.0-rc.1", "0.2.0", -1],
  ["0.2.0+build", "0.2.0", 0],
])("release %s compared with %s", (a, b, expected) => {
  expect(Math.sign(compareReleases(a, b))).toBe(expected);
});
