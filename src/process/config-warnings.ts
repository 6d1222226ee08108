import type { Deployment } from "../definitions/language/deployment.js";
import { readStatement } from "../definitions/language/sql-statement.js";
import { placeVariables, unplaced } from "../ingest/sources/places.js";
import { type Config, VARIABLES } from "./config.js";
import { lookAtDataDir } from "./data-dir.js";
import { unknownVariables } from "./unknown-variables.js";

/**
 * What keeps no process from starting and is most likely a mistake, a sentence each.
 * @param inFile names that `.env` sets
 */
export async function configWarnings(
  config: Config,
  inFile: readonly string[],
  { sources }: Pick<Deployment, "sources">,
): Promise<string[]> {
  const named = placeVariables(sources);
  const warnings = unknownVariables(process.env, [...VARIABLES, ...named], inFile);
  if (config.role === "api") return warnings;
  for (const { name, from } of sources) {
    if (from?.kind !== "sql") continue;
    if (!process.env[from.variable]?.trim())
      warnings.push(`${from.variable} is not set; no ingest will find the rows of ${name}`);
    if (!readStatement(from.statement).usesAsOf)
      warnings.push(
        `source ${name}: its statement does not name {asOf}; an ingest of a past date takes what the database has now`,
      );
  }
  if (unplaced(sources).length === 0) return warnings;
  const { problem } = await lookAtDataDir(config);
  // A fresh folder that is there is no mistake.
  if (problem && !problem.message.endsWith("has no folders"))
    warnings.push(`DATA_DIR: ${problem.message}; no ingest will find its files: ${problem.remedy}`);
  return warnings;
}
