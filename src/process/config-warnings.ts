import { type Config, VARIABLES } from "./config.js";
import { lookAtDataDir } from "./data-dir.js";
import { unknownVariables } from "./unknown-variables.js";

/**
 * What keeps no process from starting and is most likely a mistake, a sentence each.
 * @param inFile names that `.env` sets
 */
export async function configWarnings(config: Config, inFile: readonly string[]): Promise<string[]> {
  const warnings = unknownVariables(process.env, VARIABLES, inFile);
  if (config.role === "api") return warnings;
  const { problem } = await lookAtDataDir(config);
  // A fresh folder that is there is no mistake.
  if (problem && !problem.message.endsWith("has no folders"))
    warnings.push(`DATA_DIR: ${problem.message}; no ingest will find its files: ${problem.remedy}`);
  return warnings;
}
