/**
 * npm run db:generate -- <name>: what the tables of src/db/tables and of the definitions need beyond the
 * last migration, as a new file in drizzle/ to be reviewed. Prints "nothing to do" where nothing changed.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { definitions } from "../src/definitions/index.js";
import { migrationStatements, type SchemaState, schemaState } from "./migration-statements.js";

const journalFile = "drizzle/meta/_journal.json";
const stateFile = "drizzle/meta/schema-state.json";
interface Journal {
  version: string;
  dialect: string;
  entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[];
}

const read = <T>(file: string, absent: T): T => {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return absent;
    throw error;
  }
};

const name = process.argv[2] ?? "definitions";
if (!/^[a-z0-9_]+$/.test(name))
  throw new Error(`migration name ${JSON.stringify(name)}: use lower_snake_case`);
const current = schemaState(definitions);
const statements = await migrationStatements(read<SchemaState>(stateFile, schemaState()), current);
if (statements.length === 0) {
  console.log("nothing to do: the migrations already hold what the definitions declare");
} else {
  const next = readdirSync("drizzle").filter((file) => file.endsWith(".sql")).length;
  const tag = `${String(next).padStart(4, "0")}_${name}`;
  const journal = read<Journal>(journalFile, { version: "7", dialect: "postgresql", entries: [] });
  const when = Math.max(Date.now(), (journal.entries.at(-1)?.when ?? 0) + 1);
  journal.entries.push({ idx: journal.entries.length, version: "7", when, tag, breakpoints: true });
  writeFileSync(`drizzle/${tag}.sql`, `${statements.join("\n--> statement-breakpoint\n")}\n`);
  writeFileSync(stateFile, `${JSON.stringify(current, null, 1)}\n`);
  writeFileSync(journalFile, `${JSON.stringify(journal, null, 1)}\n`);
  console.log(`drizzle/${tag}.sql: ${statements.length} statements; read them before you commit`);
}
