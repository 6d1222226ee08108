import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readMigrations } from "../src/db/migrations/folder.js";
import { VERSION } from "../src/values/version.js";
import { readState, writeMigration } from "./migration-folder.js";
import { coreState, migrationStatements, noTables, type SchemaState } from "./migration-statements.js";

/**
 * drizzle/core from src/db/tables. An empty folder gets its baseline: what drizzle/core/parts says by hand before
 * and after the tables, and the tables between. Later changes of functions and triggers are written into the new file.
 * @returns the file that was written; null where there is nothing to do
 */
export async function generateCore(folder: string, name: string): Promise<string | null> {
  const to = coreState();
  const isBaseline = readMigrations(folder).length === 0;
  const from = isBaseline ? noTables() : (readState<SchemaState>(folder) ?? noTables());
  const tables = await migrationStatements(from, to);
  if (!isBaseline) return tables.length === 0 ? null : writeMigration(folder, name, tables, to);
  const part = (file: string) => readFileSync(join(folder, "parts", file), "utf8").trim();
  const statements = [part("before-tables.sql"), ...tables, part("after-tables.sql")];
  return writeMigration(folder, "baseline", statements, to, `-- min-release: ${VERSION}\n\n`);
}
