import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import type { Deployment } from "../../definitions/language/deployment.js";
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
  if (problems.length === 0) return;
  const more = problems.length > SHOWN ? ` and ${problems.length - SHOWN} more` : "";
  throw new StartError(
    "MIGRATION_MISSING",
    `the definitions of ${JSON.stringify(definitions.name)} need what no migration of this database made: ${problems.slice(0, SHOWN).join(", ")}${more}; write the migration with npm run db:generate and deploy it with the definitions`,
  );
}
