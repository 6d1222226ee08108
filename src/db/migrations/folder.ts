import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFile } from "../../values/project-root.js";

/** What comes with the program: `legacy`, `core`, and the shipped deployment's. */
export const SHIPPED_MIGRATIONS = projectFile("drizzle");

/** One file of a folder, whole: its name without `.sql`, and SHA-256 of its text. */
export interface MigrationFile {
  name: string;
  sha256: string;
  statements: string[];
  /** Of its line `-- min-release: 0.2.0`: older releases cannot work on what it makes. */
  minRelease: string | null;
}

const BREAKPOINT = "--> statement-breakpoint";

/** The files `0000_name.sql` of a folder, in the order of their names; none where there is no folder. */
export function readMigrations(folder: string): MigrationFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => readMigration(join(folder, file), file.slice(0, -".sql".length)));
}

function readMigration(path: string, name: string): MigrationFile {
  const text = readFileSync(path, "utf8");
  return {
    name,
    sha256: createHash("sha256").update(text).digest("hex"),
    statements: text.split(BREAKPOINT).map((statement) => statement.trim()),
    minRelease: /^-- min-release: (\S+)$/m.exec(text)?.[1] ?? null,
  };
}

/** As `readMigrations` reads it again. */
export const migrationText = (statements: readonly string[], head = ""): string =>
  `${head}${statements.join(`\n${BREAKPOINT}\n`)}\n`;
