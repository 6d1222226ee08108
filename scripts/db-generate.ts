/**
 * npm run db:generate -- <name>: what the definitions need beyond the last migration, as a new file of
 * drizzle/<deployment>/ to be reviewed; `--core` first: what src/db/tables needs, in drizzle/core/. An empty folder
 * gets its 0000_baseline.sql. Prints "nothing to do" where nothing changed; where a change would lose something it
 * writes nothing, says the line to add to the definitions, and exits with 1. Asks nothing, and needs no database.
 *
 * --plan                  writes nothing: prints as JSON what would be done (asof plan shows it)
 * --definitions <module>  another module's deployment than that of ASOF_DEFINITIONS (docs/deployment.md)
 * --migrations <folder>   another folder than drizzle/<deployment>
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { SHIPPED_MIGRATIONS } from "../src/db/migrations/folder.js";
import { migrationsFolder } from "../src/db/migrations/migrate.js";
import { loadDeployment } from "../src/process/load-deployment.js";
import { deploymentModule } from "../src/threads/deployment-module.js";
import { generateCore } from "./generate-core.js";
import { generateDeployment, planMigration, RefusedChange } from "./generate-deployment.js";
import { plannedChanges } from "./planned-changes.js";

const { values, positionals } = parseArgs({
  options: {
    core: { type: "boolean" },
    definitions: { type: "string" },
    migrations: { type: "string" },
    plan: { type: "boolean" },
  },
  allowPositionals: true,
});
const name = positionals[0] ?? (values.core ? "tables" : "definitions");
if (!/^[a-z0-9_]+$/.test(name))
  throw new Error(`migration name ${JSON.stringify(name)}: use lower_snake_case`);

async function generate(): Promise<string | null> {
  if (values.core) return generateCore(values.migrations ?? `${SHIPPED_MIGRATIONS}/core`, name);
  const definitions = await declared();
  return generateDeployment(values.migrations ?? migrationsFolder(definitions), definitions, name);
}

async function declared() {
  const given = values.definitions;
  const module = given === undefined ? deploymentModule() : pathToFileURL(resolve(given)).href;
  return (await loadDeployment(module)).definitions;
}

if (values.plan) {
  const definitions = await declared();
  const planned = await planMigration(values.migrations ?? migrationsFolder(definitions), definitions);
  console.log(JSON.stringify(plannedChanges(planned)));
  process.exit();
}
try {
  const written = await generate();
  console.log(
    written
      ? `${written.replace(`${process.cwd()}/`, "")}: read it before you commit`
      : "nothing to do: the migrations already hold what the definitions declare",
  );
} catch (error) {
  if (!(error instanceof RefusedChange)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
