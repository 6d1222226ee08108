import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { migrationsFolder } from "../db/migrations/migrate.js";
import { isDefinitionError } from "../definitions/language/contradictions.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { importDeployment } from "../threads/deployment-module.js";
import { type AsofDeployment, createAsof, install, isAsofDeployment } from "./create-asof.js";
import { ConfigError } from "./dot-env.js";

/**
 * Imports the deployment module and fills the registries of this process or thread with its records.
 * @param module its URL; null: the definitions that are shipped (src/definitions), and the built-in records
 * @throws {ConfigError} there is no such module, it fails, or it exports no deployment
 */
export async function loadDeployment(module: string | null): Promise<AsofDeployment> {
  const deployment = await readDeployment(module);
  try {
    install(deployment);
  } catch (cause) {
    throw module === null ? cause : failure(module, cause);
  }
  return deployment;
}

/** The same without its records being used: for what reads or migrates the database alone. */
export async function readDeployment(module: string | null): Promise<AsofDeployment> {
  if (module === null) {
    const { definitions } = await import("../definitions/index.js");
    return createAsof({ definitions });
  }
  const found = await importModule(module);
  if (isAsofDeployment(found.default)) return withMigrations(module, found.default);
  const definitions = [found.definitions, found.default].find(isDefinitions);
  if (definitions) return withMigrations(module, createAsof({ definitions }));
  throw refusal(module, "it exports no deployment", null, "export default createAsof({ definitions, … })");
}

/** The migrations of a module lie beside it, unless it names them or the program has them. */
function withMigrations(module: string, deployment: AsofDeployment): AsofDeployment {
  const { definitions } = deployment;
  if (definitions.migrations || existsSync(migrationsFolder(definitions))) return deployment;
  const migrations = fileURLToPath(new URL("drizzle", module));
  return createAsof({ ...deployment, definitions: { ...definitions, migrations } });
}

async function importModule(module: string): Promise<{ default?: unknown; definitions?: unknown }> {
  try {
    return await importDeployment(module);
  } catch (cause) {
    throw failure(module, cause);
  }
}

/** Of definitions that contradict themselves each line says what to write. */
function failure(module: string, cause: unknown): ConfigError {
  const isDefinition = isDefinitionError(cause);
  const { message } = cause as Error;
  return isDefinition && cause.contradictions.length > 1
    ? new ConfigError(`${named(module)}: ${message}`, { cause })
    : refusal(module, message, cause, ...(isDefinition ? ["mend it there"] : []));
}

const isDefinitions = (value: unknown): value is Deployment =>
  typeof value === "object" && value !== null && "services" in value && "views" in value;

const named = (module: string) => `ASOF_DEFINITIONS=${fileURLToPath(module)}`;

function refusal(module: string, problem: string, cause: unknown, remedy = "name another module, or none") {
  return new ConfigError(`${named(module)}: it cannot be used: ${problem}; ${remedy} (docs/deployment.md)`, {
    cause,
  });
}
