import { readFileSync } from "node:fs";
import { readMigrations } from "../../src/db/migrations/folder.js";
import { createPool } from "../../src/db/pool.js";

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
