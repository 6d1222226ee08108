import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schemaState } from "../../../scripts/migration-statements.js";
import { migrateDatabase } from "../../../src/db/database.js";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { definitions } from "../../../src/definitions/index.js";
import { createDatabase, type TestDatabase } from "../../support/database.js";

describe("the migrations", () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    await migrateDatabase(database.url, definitions);
    pool = createPool(database.url, 1);
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });

  it("hold what the shipped definitions declare: db:generate has nothing to do", async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--import", "tsx", "scripts/db-generate.ts"],
      { env: { ...process.env, ASOF_DEFINITIONS: "" } },
    );
    expect(stdout).toBe("nothing to do: the migrations already hold what the definitions declare\n");
  });

  it("leave a database with exactly the declared columns", async () => {
    const { rows } = await pool.query<{ column: string }>(
      `select table_name || '.' || column_name as column from information_schema.columns
       where table_schema = 'public' and table_name not like 'asof\\_%\\_migrations'`,
    );
    const declared = Object.values<{ name: string; columns: object }>(
      schemaState(definitions).tables,
    ).flatMap(({ name, columns }) => Object.keys(columns).map((column) => `${name}.${column}`));
    expect(rows.map(({ column }) => column).sort()).toEqual(declared.sort());
  });

  it("are applied once, whoever starts again", async () => {
    await migrateDatabase(database.url, definitions);
    for (const [folder, table] of [
      ["core", "asof_core_migrations"],
      [definitions.name, "asof_deployment_migrations"],
    ]) {
      const files = readdirSync(`drizzle/${folder}`).filter((file) => file.endsWith(".sql"));
      const { rows } = await pool.query(`select name || '.sql' as name from ${table} order by name`);
      expect(rows.map(({ name }) => name)).toEqual(files.sort());
    }
  });

  it("partition every snapshot table by its date", async () => {
    const { rows } = await pool.query<{ name: string; kind: string }>(
      "select relname as name, relkind as kind from pg_class where relname like '%\\_snapshots' and relkind in ('r', 'p')",
    );
    expect(rows.length).toBe(definitions.sources.length);
    for (const { name, kind } of rows) expect([name, kind]).toEqual([name, "p"]);
  });
});
