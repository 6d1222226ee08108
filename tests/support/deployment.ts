import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateDeployment } from "../../scripts/generate-deployment.js";
import { migrateDatabase } from "../../src/db/database.js";
import type { Deployment } from "../../src/definitions/language/deployment.js";
import { createDatabase, type TestDatabase } from "./database.js";

/** A folder of migrations that grows with its definitions, as an adopter's does. */
export interface OwnMigrations {
  folder: string;
  /** What `npm run db:generate` would write; null where there is nothing to do. */
  generate(definitions: Deployment, name?: string): Promise<string | null>;
  remove(): void;
}

export function ownMigrations(): OwnMigrations {
  const folder = mkdtempSync(join(tmpdir(), "asof-migrations-"));
  return {
    folder,
    generate: (definitions, name = "definitions") => generateDeployment(folder, definitions, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A database with asof's own tables and those of these definitions, whatever is shipped. */
export async function createDatabaseOf(
  definitions: Deployment,
  { folder, generate }: OwnMigrations,
): Promise<TestDatabase> {
  await generate(definitions);
  const database = await createDatabase();
  await migrateDatabase(database.url, { ...definitions, migrations: folder });
  return database;
}
