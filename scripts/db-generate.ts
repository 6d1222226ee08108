/**
 * npm run db:generate -- <name>: what the definitions need beyond the last migration, as a new file of
 * drizzle/<deployment>/ to be reviewed; `--core` first: what src/db/tables needs, in drizzle/core/. An empty folder
 * gets its 0000_baseline.sql. Prints "nothing to do" where nothing changed. Asks nothing, and needs no database.
 */

import { SHIPPED_MIGRATIONS } from "../src/db/migrations/folder.js";
import { migrationsFolder } from "../src/db/migrations/migrate.js";
import { definitions } from "../src/definitions/index.js";
import { generateCore } from "./generate-core.js";
import { generateDeployment, RefusedChange } from "./generate-deployment.js";

const [core, ...names] =
  process.argv[2] === "--core" ? [true, ...process.argv.slice(3)] : [false, ...process.argv.slice(2)];
const name = names[0] ?? (core ? "tables" : "definitions");
if (!/^[a-z0-9_]+$/.test(name))
  throw new Error(`migration name ${JSON.stringify(name)}: use lower_snake_case`);
try {
  const written = core
    ? await generateCore(`${SHIPPED_MIGRATIONS}/core`, name)
    : await generateDeployment(migrationsFolder(definitions), definitions, name);
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
