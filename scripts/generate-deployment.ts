import { readMigrations } from "../src/db/migrations/folder.js";
import type { Deployment } from "../src/definitions/language/deployment.js";
import { readState, writeMigration } from "./migration-folder.js";
import { derivedState, migrationStatements, noTables, type SchemaState } from "./migration-statements.js";

/** What a folder of a deployment's migrations keeps beside them. */
export interface DeploymentState {
  tables: SchemaState;
}

/**
 * What the definitions need beyond the last migration of the folder, as its next file; an empty folder gets the whole.
 * @returns the file that was written; null where there is nothing to do
 */
export async function generateDeployment(
  folder: string,
  definitions: Deployment,
  name: string,
): Promise<string | null> {
  const isBaseline = readMigrations(folder).length === 0;
  const from = isBaseline ? noTables() : (readState<DeploymentState>(folder)?.tables ?? noTables());
  const tables = derivedState(definitions);
  const statements = await migrationStatements(from, tables);
  if (statements.length === 0) return null;
  return writeMigration(folder, isBaseline ? "baseline" : name, statements, {
    tables,
  } satisfies DeploymentState);
}
