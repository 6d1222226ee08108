import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { factsOf } from "../../src/definitions/language/column-types/registry.js";
import type { Deployment } from "../../src/definitions/language/deployment.js";
import { command } from "./measure.js";

/** The live tables alone, without what asof keeps beside them. */
export function createLiveTables({ sources }: Deployment): string {
  return sources
    .map(({ name, columns }) => {
      const typed = Object.entries(columns).map(([column, { type }]) => `${column} ${factsOf(type).sql}`);
      return `create table ${name} (user_id text collate "C" primary key, ${typed.join(", ")}, as_of date not null);`;
    })
    .join("\n");
}

/**
 * The physical limit of an ingest: psql's \copy of the files into typed tables and the upsert that never lets an
 * older month overwrite a newer one and writes no row that stays as it is; no check, no hash, no snapshot.
 */
export async function loadByPsql(
  { sources }: Deployment,
  url: string,
  folder: string,
  asOf: string,
): Promise<void> {
  const script = [String.raw`\set ON_ERROR_STOP on`];
  for (const { name, columns } of sources) {
    const typed = Object.entries(columns).map(([column, { type }]) => `${column} ${factsOf(type).sql}`);
    const names = Object.keys(columns);
    const tuple = (alias: string) => `(${names.map((column) => `${alias}.${column}`).join(", ")})`;
    script.push(
      `create unlogged table s_${name} (user_id text collate "C" not null, ${typed.join(", ")});`,
      `\\copy s_${name} from '${join(folder, name)}.csv' with (format csv, header)`,
      `insert into ${name} as live select user_id, ${names.join(", ")}, '${asOf}' from s_${name} order by user_id
         on conflict (user_id) do update
           set ${names.map((column) => `${column} = excluded.${column}`).join(", ")}, as_of = excluded.as_of
         where live.as_of < excluded.as_of
           or (live.as_of = excluded.as_of and ${tuple("live")} is distinct from ${tuple("excluded")});`,
      `drop table s_${name};`,
    );
  }
  const file = join(folder, "limit.sql");
  // psql's backslash commands end with their line.
  writeFileSync(file, `${script.map((line) => line.replace(/\n\s*/g, " ")).join("\n")}\n`);
  await command("psql", ["-q", "-d", url, "-f", file]);
}
