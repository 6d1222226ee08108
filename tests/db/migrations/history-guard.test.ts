import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrateDatabase } from "../../../src/db/database.js";
import { findHistoryGuard, findLoss } from "../../../src/db/migrations/history-guard.js";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { definitions } from "../../features/definitions.js";
import { asof } from "../../support/cli.js";
import { createDatabase, createMigratedDatabase, type TestDatabase } from "../../support/database.js";
import { type OwnMigrations, ownMigrations } from "../../support/deployment.js";

/** Of StreamFlow's tables: live, of snapshots, online, pushed. */
const LOSSES = [
  "alter table usage_agg_30d drop column skips_7d",
  "alter table usage_agg_30d drop skips_7d",
  "ALTER TABLE ONLY usage_agg_30d DROP COLUMN skips_7d",
  'alter table if exists "usage_agg_30d" drop column if exists "skips_7d" cascade',
  "alter table public.usage_agg_30d add column x int, drop column skips_7d, add column y int",
  "alter table usage_agg_30d_online alter column skips_7d type bigint",
  "alter table usage_agg_30d_pushes alter skips_7d set data type text using skips_7d::text",
  "alter table users alter user_gender type varchar(10)",
  'alter table users alter user_gender type text collate "C"',
  "alter table labels_snapshots drop column churn_label",
  "alter table labels_snapshots alter column churn_label type int using churn_label::int",
  "drop table labels_snapshots",
  "drop table if exists users, subscriptions cascade",
  "drop table labels_snapshots_20240131",
  "do $$ begin execute format('alter table %I drop column %I', 'users', 'user_gender'); end $$",
  "do $x$ begin alter table users drop column user_gender; end $x$",
  "/* nothing */ alter /* of */ table users -- here\n drop column user_gender",
  "drop schema public cascade",
  "drop owned by current_user cascade",
];

describe("the database itself", () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    pool = createPool(database.url, 1);
    await pool.query("select asof_ensure_partition('labels_snapshots', '2024-01-31')");
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });

  it.each(LOSSES)("refuses %s", async (sql) => {
    await expect(pool.query(sql)).rejects.toMatchObject({
      message: expect.stringMatching(
        /is history: it cannot (be dropped|change)|immutable|required by the database system/,
      ),
    });
    const { rows } = await pool.query("select count(*)::int as n from asof_guard.entity_columns");
    expect(rows[0].n).toBeGreaterThan(50);
  });

  it("refuses it in a replication role, too, and of what was renamed before", async () => {
    await expect(
      pool.query("begin; set local session_replication_role = replica; drop table users; commit"),
    ).rejects.toThrow("table users is history");
    await pool.query("rollback");
    await expect(
      pool.query(
        "begin; alter table users rename column user_gender to gender; alter table users rename to people; alter table people drop column gender; commit",
      ),
    ).rejects.toThrow("column gender of people is history");
    await pool.query("rollback");
  });

  it("lets tables grow, columns be renamed, and asof's own and staged tables go", async () => {
    await pool.query("begin");
    await pool.query('alter table usage_agg_30d add column "searches_7d" integer');
    await pool.query('alter table usage_agg_30d rename column "searches_7d" to "searches"');
    await pool.query("create table staging.run_x (as_of date, user_id text); drop table staging.run_x");
    await pool.query("create temp table mine (as_of date); drop table mine");
    await pool.query("alter table labels_snapshots detach partition labels_snapshots_20240131");
    await pool.query(
      "alter table labels_snapshots attach partition labels_snapshots_20240131 for values in ('2024-01-31')",
    );
    await pool.query("drop index usage_agg_30d_pushes_user");
    await pool.query("create table other (id int); alter table other alter id type bigint; drop table other");
    await pool.query("rollback");
  });

  it("lets retention drop a date, which says so, and nothing but dates of snapshots", async () => {
    await pool.query("begin; set local asof.drops_partitions = 'on'");
    await expect(pool.query("drop table labels_snapshots cascade")).rejects.toThrow(
      "table labels_snapshots is history",
    );
    await pool.query("rollback");
    await pool.query(
      "begin; set local asof.drops_partitions = 'on'; drop table labels_snapshots_20240131; rollback",
    );
  });

  it("is named by doctor as the guard", async () => {
    const { out } = await asof(["doctor", "--json"], { DATABASE_URL: database.url, PORT: "0" });
    expect(JSON.parse(out).checks).toContainEqual(
      expect.objectContaining({
        name: "history",
        status: "ok",
        message: "the database itself refuses to drop or re-type what is kept",
      }),
    );
  });
});

describe("where the role may not make event triggers", () => {
  let database: TestDatabase;
  let admin: Pool;
  let own: OwnMigrations;
  let url: string;
  const role = () => `${database.name}_owner`;
  beforeAll(async () => {
    database = await createDatabase();
    admin = createPool(database.url, 1);
    await admin.query(`create role "${role()}" login password 'owner'`);
    await admin.query(
      `alter database "${database.name}" owner to "${role()}"; alter schema public owner to "${role()}"`,
    );
    const as = new URL(database.url);
    as.username = role();
    as.password = "owner";
    url = as.href;
    own = ownMigrations();
    await own.generate(definitions);
    await migrateDatabase(url, { ...definitions, migrations: own.folder });
  });
  afterAll(async () => {
    await admin?.end();
    await database.drop();
    const cleaner = createPool(new URL("/postgres", database.url).href, 1);
    await cleaner.query(`drop role "${role()}"`);
    await cleaner.end();
    own?.remove();
  });

  it("the migration runner is the guard, and doctor says so", async () => {
    expect(await findHistoryGuard(admin)).toBe("migration runner");
    const { out } = await asof(["doctor", "--json"], { DATABASE_URL: url, PORT: "0" });
    expect(JSON.parse(out).checks).toContainEqual(
      expect.objectContaining({
        name: "history",
        message: expect.stringContaining("select asof_guard.enable()"),
      }),
    );
  });

  it.each([
    ['alter table "play" drop column "hours"', "would drop a column"],
    ["alter table only play add column x int, drop hours", "would drop a column"],
    ["alter table play_30d_online alter hours type text", "would give a column another type"],
    ["drop table if exists play cascade", "would drop a table"],
    ["drop schema public cascade", "would drop a schema"],
    ["do $$ begin alter table play drop column hours; end $$", "would drop a column"],
    ["do $$ begin execute 'alter table play ' || 'dr' || 'op column hours'; end $$", "drops play.hours"],
    [
      "do $$ begin execute replace('alter table play alter hours ty-pe text', '-', ''); end $$",
      "gives play.hours another type",
    ],
    ["truncate play", "would truncate a table"],
  ])("%s is refused: it %s", async (sql, loss) => {
    const file = join(own.folder, "0001_loses.sql");
    writeFileSync(file, `alter table "play" add column "more" integer;\n--> statement-breakpoint\n${sql};\n`);
    await expect(migrateDatabase(url, { ...definitions, migrations: own.folder })).rejects.toMatchObject({
      code: "MIGRATION_LOSES_DATA",
      message: expect.stringContaining(
        `migration default/0001_loses.sql ${loss}, and with it history; nothing of it was kept; retire or rename`,
      ),
    });
    rmSync(file);
    const { rows } = await admin.query(
      "select column_name from information_schema.columns where table_name = 'play' and column_name in ('hours', 'more')",
    );
    expect(rows).toEqual([{ column_name: "hours" }]);
  });

  it("a superuser makes the database the guard", async () => {
    await admin.query("select asof_guard.enable()");
    expect(await findHistoryGuard(admin)).toBe("database");
    const as = createPool(url, 1);
    await expect(as.query("alter table play drop column hours")).rejects.toThrow(
      "column hours of play is history",
    );
    await as.end();
  });
});

it.each([
  ['ALTER TABLE "a" ADD COLUMN "type" text;', null],
  ['ALTER TABLE "a" DROP CONSTRAINT "b";', null],
  ['ALTER TABLE "a" ALTER COLUMN "b" DROP NOT NULL, ALTER "c" DROP DEFAULT', null],
  ['ALTER TABLE "a" DROP CONSTRAINT "b" CASCADE', "drop whatever depends on something (CASCADE)"],
  ['CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "a" FOR EACH STATEMENT EXECUTE FUNCTION f();', null],
  ["select 'drop' || 'ped', \"drop table\" -- drop table x", null],
  ["DROP INDEX a; alter table b rename column c to d", null],
  ["select 1; drop /* */ table a", "drop a table"],
])("of %s it is said: %s", (sql, loss) => {
  expect(findLoss(sql)).toBe(loss);
});
