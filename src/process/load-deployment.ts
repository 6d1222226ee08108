import { fileURLToPath } from "node:url";
import type { Deployment } from "../definitions/language/deployment.js";
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
    throw refusal(module!, (cause as Error).message, cause);
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
  if (isAsofDeployment(found.default)) return found.default;
  if (isDefinitions(found.definitions)) return createAsof({ definitions: found.definitions });
  throw refusal(module, "it exports no deployment", null, "export default createAsof({ definitions, … })");
}

async function importModule(module: string): Promise<{ default?: unknown; definitions?: unknown }> {
  try {
    return await import(module);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ERR_UNKNOWN_FILE_EXTENSION")
      throw refusal(module, message, cause, "name the JavaScript that it is compiled to");
    throw refusal(module, message, cause);
  }
}

const isDefinitions = (value: unknown): value is Deployment =>
  typeof value === "object" && value !== null && "services" in value && "views" in value;

function refusal(module: string, problem: string, cause: unknown, remedy = "name another module, or none") {
  return new ConfigError(
    `DEPLOYMENT=${fileURLToPath(module)}: it cannot be used: ${problem}; ${remedy} (docs/deployment.md)`,
    { cause },
  );
}
