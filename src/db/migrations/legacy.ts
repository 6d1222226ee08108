import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../../errors/start-errors.js";
import type { Queryable } from "../pool.js";
import { applyFile } from "./apply.js";
import { readMigrations } from "./folder.js";

interface JournalEntry {
  when: number;
  tag: string;
}

/** What 0.1.0 wrote down of a migration: drizzle's hash of its file, and its time in the journal. */
interface LegacyRow {
  hash: string;
  created_at: string;
}

/** A home that 0.1.0 made and no later release has taken over. One where its first start failed holds nothing. */
export async function isLegacyHome(db: Queryable): Promise<boolean> {
  const table = await db.query("select to_regclass('asof_migrations') is not null as there");
  if (!table.rows[0].there) return false;
  return (await db.query("select 1 from asof_migrations limit 1")).rows.length > 0;
}

/**
 * Applies what is left of drizzle/legacy, in the journal's order, and writes it down as drizzle's migrator did.
 * @throws {StartError} MIGRATION_CHANGED, MIGRATION_MISSING: the home was migrated by other files than these
 */
export async function applyLegacyRest(db: Queryable, folder: string): Promise<void> {
  const { entries } = JSON.parse(readFileSync(join(folder, "meta", "_journal.json"), "utf8")) as {
    entries: JournalEntry[];
  };
  const { rows } = await db.query<LegacyRow>("select hash, created_at::text from asof_migrations");
  const applied = new Map(rows.map(({ hash, created_at }) => [Number(created_at), hash]));
  const times = new Set(entries.map(({ when }) => when));
  const foreign = [...applied.keys()].filter((when) => !times.has(when));
  if (foreign.length > 0) {
    throw new StartError(
      "MIGRATION_MISSING",
      `${foreign.length} migrations of this database are not in drizzle/legacy; put those that db:generate wrote for it under 0.1.0 there, with their entries of meta/_journal.json`,
    );
  }
  const files = new Map(readMigrations(folder).map((file) => [file.name, file]));
  for (const { when, tag } of entries) {
    const file = files.get(tag);
    if (!file) throw new StartError("MIGRATION_MISSING", `drizzle/legacy/${tag}.sql is not there`);
    const before = applied.get(when);
    if (before === undefined) {
      await applyFile(db, "legacy", file);
      await db.query("insert into asof_migrations (hash, created_at) values ($1, $2)", [file.sha256, when]);
    } else if (before !== file.sha256) {
      throw new StartError(
        "MIGRATION_CHANGED",
        `migration legacy/${tag}.sql was changed after it was applied; bring the file back as it was`,
      );
    }
  }
}
