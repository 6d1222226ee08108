import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import { z } from "zod";
import type { Deployment } from "../../definitions/language/deployment.js";
import { computedSources } from "../../definitions/language/windows/sources-of.js";
import { windowMeaning } from "../../definitions/language/windows/window-columns.js";
import { StartError } from "../../errors/start-errors.js";
import type { Queryable } from "../pool.js";
import { derivedTables } from "../tables/derived.js";

const SHOWN = 5;

/**
 * Whether the database has every table and column that the definitions derive; those of history beside them do not matter.
 * @throws {StartError} MIGRATION_MISSING: definitions were changed, and the migration was not written or not deployed
 */
export async function requireDeclaredTables(db: Queryable, definitions: Deployment): Promise<void> {
  const declared = Object.values(derivedTables(definitions)).map((table) => getTableConfig(table as PgTable));
  const { rows } = await db.query<{ name: string; type: string }>(
    `select c.relname || '.' || a.attname as name, format_type(a.atttypid, a.atttypmod) as type
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.oid = any(array(select to_regclass(quote_ident(name)) from unnest($1::text[]) name))`,
    [declared.map(({ name }) => name)],
  );
  const there = new Map(rows.map(({ name, type }) => [name, type]));
  const problems = declared.flatMap(({ name: table, columns }) =>
    columns.flatMap((column) => {
      const name = `${table}.${column.name}`;
      const expected = column
        .getSQLType()
        .replace(/ collate .*$/, "")
        .replaceAll(", ", ",");
      const found = there.get(name);
      if (found === expected) return [];
      return found === undefined
        ? `${name} (${expected}) is not there`
        : `${name} is ${found}, not ${expected}`;
    }),
  );
  if (problems.length > 0) throw missing(definitions, problems);
}

const RECORDED = z.object({
  definitions: z.object({
    views: z.record(z.string(), z.object({ windows: z.record(z.string(), z.string()).optional() })),
  }),
});

/**
 * Whether window features are computed as they were when the last migration was written: what is kept under a name is one thing.
 * @param folder of the deployment's migrations; one that says nothing of windows is not compared
 * @throws {StartError} MIGRATION_MISSING: a window was changed, and its view has no new version
 */
export function requireDeclaredWindows(folder: string, definitions: Deployment): void {
  const file = join(folder, "meta", "state.json");
  if (!existsSync(file)) return;
  const { views } = RECORDED.parse(JSON.parse(readFileSync(file, "utf8"))).definitions;
  const problems = computedSources(definitions).flatMap((source) =>
    Object.entries(views[source.name]?.windows ?? {}).flatMap(([name, before]) => {
      const now = windowMeaning(source, name);
      return now === null || now === before
        ? []
        : `${source.name}.${name} is ${JSON.stringify(now)}, not ${JSON.stringify(before)}`;
    }),
  );
  if (problems.length > 0) throw missing(definitions, problems);
}

function missing({ name }: Deployment, problems: readonly string[]): StartError {
  const more = problems.length > SHOWN ? ` and ${problems.length - SHOWN} more` : "";
  return new StartError(
    "MIGRATION_MISSING",
    `the definitions of ${JSON.stringify(name)} need what no migration of this database made: ${problems.slice(0, SHOWN).join(", ")}${more}; write the migration with npm run db:generate and deploy it with the definitions`,
  );
}
