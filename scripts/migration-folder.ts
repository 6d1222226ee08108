import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrationText, readMigrations } from "../src/db/migrations/folder.js";

const STATE = "meta/state.json";

/** What the folder's migrations together make; null where it has none. */
export function readState<T>(folder: string): T | null {
  const file = join(folder, STATE);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : null;
}

export function writeState(folder: string, state: unknown): void {
  mkdirSync(join(folder, "meta"), { recursive: true });
  writeFileSync(join(folder, STATE), `${JSON.stringify(state, null, 1)}\n`);
}

/** Writes the next file of the folder and what its migrations make from then on; returns the file's path. */
export function writeMigration(
  folder: string,
  name: string,
  statements: readonly string[],
  state: unknown,
  head = "",
): string {
  const last = readMigrations(folder).at(-1)?.name;
  const number = last ? Number(/^\d+/.exec(last)?.[0] ?? -1) + 1 : 0;
  const file = join(folder, `${String(number).padStart(4, "0")}_${name}.sql`);
  writeState(folder, state);
  writeFileSync(file, migrationText(statements, head));
  return file;
}
