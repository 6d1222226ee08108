import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { readMigrations } from "../../src/db/migrations/folder.js";
import { createPool, quote } from "../../src/db/pool.js";

const FOLDER = "drizzle/legacy";

/** A database as 0.1.0 leaves it at its first start, or as an older one that stopped after `count` migrations. */
export async function makeLegacyHome(url: string, count = Number.POSITIVE_INFINITY): Promise<void> {
  const { entries } = JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, "utf8")) as {
    entries: { when: number; tag: string }[];
  };
  const files = new Map(readMigrations(FOLDER).map((file) => [file.name, file]));
  const pool = createPool(url, 1);
  try {
    // As drizzle's migrator makes it.
    await pool.query(
      "create table if not exists asof_migrations (id serial primary key, hash text not null, created_at bigint)",
    );
    for (const { when, tag } of entries.slice(0, count)) {
      for (const statement of files.get(tag)!.statements) await pool.query(statement);
      await pool.query("insert into asof_migrations (hash, created_at) values ($1, $2)", [
        files.get(tag)!.sha256,
        when,
      ]);
    }
  } finally {
    await pool.end();
  }
}

/** Whose ids go on where they ended. */
const SERIAL = ["snapshots", "run_events", "model_versions", "stage_transitions"];

/** One table of the fixture: its columns, and each row as JSON text. */
interface LegacyTableRows {
  columns: string[];
  rows: string[];
}

/**
 * The same with what 0.1.0 left after two months of 120 users, a revision of the first, a pushed value, a training of
 * logistic regression and a promotion (fixtures/home-0.1.0.json.gz: its tables' rows).
 */
export async function makeLegacyHomeWithData(url: string): Promise<void> {
  await makeLegacyHome(url);
  const file = readFileSync("tests/support/home-0.1.0.json.gz");
  const tables = JSON.parse(gunzipSync(file).toString()) as Record<string, LegacyTableRows>;
  const pool = createPool(url, 1);
  try {
    // The order of the tables is not that of their references, and what is immutable is put there as it was.
    await pool.query("set session_replication_role = replica");
    for (const [table, { columns, rows }] of Object.entries(tables)) {
      if (table.endsWith("_snapshots")) {
        const dates = new Set(rows.map((row) => JSON.parse(row).as_of as string));
        for (const date of dates) await pool.query("select asof_ensure_partition($1, $2)", [table, date]);
      }
      const names = columns.map(quote).join(", ");
      await pool.query(
        `insert into ${quote(table)} (${names}) overriding system value
         select ${names} from json_populate_recordset(null::${quote(table)}, $1)`,
        [`[${rows.join(",")}]`],
      );
      if (!SERIAL.includes(table)) continue;
      await pool.query(
        `select setval(pg_get_serial_sequence($1, 'id'), (select max(id) from ${quote(table)}))`,
        [table],
      );
    }
  } finally {
    await pool.end();
  }
}
