import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TestApp } from "./app.js";
import type { TestRedis } from "./redis.js";

/** Where in the database any of these texts is, the engine's tables and the planner's statistics among it: `schema.table.column: text`. */
export async function tracesIn({ sql }: Pick<TestApp, "sql">, texts: readonly string[]): Promise<string[]> {
  const columns = await sql<{ table: string; column: string; type: string }>(
    `select format('%I.%I', n.nspname, c.relname) as table, format('%I', a.attname) as column, format_type(a.atttypid, null) as type
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     where c.relkind in ('r', 't') and not a.attisdropped and n.nspname !~ '^(pg_catalog|information_schema|pg_toast)'`,
  );
  const places: string[] = [];
  for (const { table, column, type } of columns) {
    const text = type === "bytea" ? `encode(${column}, 'escape')` : `${column}::text`;
    const rows = await sql<{ text: string }>(
      `select distinct n as text from ${table} cross join unnest($1::text[]) n where strpos(${text}, n) > 0`,
      [texts],
    ).catch((error: { code?: string }) => {
      // Staging tables are dropped just after their run has ended.
      if (error.code === "42P01" && table.startsWith("staging.")) return [];
      throw error;
    });
    places.push(...rows.map((row) => `${table}.${column}: ${row.text}`));
  }
  const stats = await sql<{ place: string }>(
    `select s.tablename || '.' || s.attname || ': ' || n as place from pg_stats s cross join unnest($1::text[]) n
     where schemaname in ('public', 'dbos') and strpos(concat_ws(' ', most_common_vals, histogram_bounds, most_common_elems), n) > 0`,
    [texts],
  );
  return [...places, ...stats.map(({ place }) => `statistics of ${place}`)];
}

/** Every key of a Redis with its fields, as text. */
export async function redisDump(redis: TestRedis): Promise<string> {
  const keys = (await redis.command("KEYS", "*")) as string[];
  const hashes = await Promise.all(keys.map((key) => redis.command("HGETALL", key)));
  return JSON.stringify([keys, hashes]);
}

/** Files below a folder that hold any of these texts, but for those of the deliveries that a test wrote there. */
export function filesHolding(
  folder: string,
  texts: readonly string[],
  deliveries: readonly string[],
): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    if (deliveries.some((each) => name === each || name.startsWith(`${each}/`))) return false;
    const path = join(folder, name);
    if (!statSync(path).isFile()) return false;
    const content = readFileSync(path, "latin1");
    return texts.some((text) => content.includes(text));
  });
}
