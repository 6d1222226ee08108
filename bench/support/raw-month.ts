import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Column } from "../../src/definitions/language/column.js";
import { factsOf } from "../../src/definitions/language/column-types/registry.js";
import type { Deployment, Source } from "../../src/definitions/language/deployment.js";
import { command } from "./measure.js";

const typed = (columns: Source["columns"]): string =>
  Object.entries(columns)
    .map(([name, { type }]) => `${name} ${factsOf(type).sql}`)
    .join(", ");
const KEY = `user_id text collate "C"`;

/** What a team writes by hand: live tables, snapshots partitioned by date with a revision, online tables. */
export function createRawTables({ sources, views }: Deployment): string {
  const ofSources = sources.map(
    ({ name, columns }) => `
      create table ${name} (${KEY} primary key, ${typed(columns)}, as_of date not null);
      create table ${name}_snapshots (revision integer not null, as_of date not null, ${KEY}, ${typed(columns)},
        primary key (revision, user_id, as_of)) partition by list (as_of);`,
  );
  const ofViews = views.map(({ name, source, features }) => {
    const columns = Object.fromEntries(features.map((feature) => [feature, source.columns[feature]!]));
    return `create table ${name}_online (${KEY} primary key, as_of date not null, ${typed(columns)});`;
  });
  return [...ofSources, ...ofViews].join("\n");
}

/** One month of the files in one transaction of psql; no hash, no report, no history of runs. */
export async function loadRawMonth(
  deployment: Deployment,
  url: string,
  folder: string,
  asOf: string,
  revision: number,
): Promise<void> {
  const { sources, views } = deployment;
  const script = [
    String.raw`\set ON_ERROR_STOP on`,
    "set client_min_messages = error;",
    "begin;",
    "set local work_mem = '64MB';",
    ...sources.flatMap(({ name, columns }) => [
      `create unlogged table s_${name} (user_id text collate "C" not null, ${typed(columns)});`,
      `\\copy s_${name} from '${join(folder, name)}.csv' with (format csv, header)`,
    ]),
    ...sources.flatMap((source) => [...checksOf(source, sources[0]!), ...writesOf(source, asOf, revision)]),
    ...views.map(({ name, source, features }) => {
      const values = ["as_of", ...features];
      const row = (alias: string) => `(${values.map((value) => `${alias}.${value}`).join(", ")})`;
      return `insert into ${name}_online as online (user_id, ${values.join(", ")})
         select user_id, '${asOf}', ${features.join(", ")} from s_${source.name} order by user_id
         on conflict (user_id) do update set ${values.map((value) => `${value} = excluded.${value}`).join(", ")}
         where excluded.as_of >= online.as_of and ${row("online")} is distinct from ${row("excluded")};`;
    }),
    ...sources.map(({ name }) => `drop table s_${name};`),
    "commit;",
  ];
  const file = join(folder, "raw.sql");
  // psql's backslash commands end with their line.
  writeFileSync(file, `${script.map((line) => line.replace(/\n\s*/g, " ")).join("\n")}\n`);
  await command("psql", ["-q", "-d", url, "-f", file]);
}

/** What the definitions declare, as an assertion each: types are checked by \copy. */
function checksOf({ name, columns, expectations = [] }: Source, entity: Source): string[] {
  const broken = [
    ...Object.entries(columns).flatMap(([column, declared]) => columnChecks(column, declared)),
    ...expectations.flatMap(({ column, rule }) =>
      rule.kind === "date_between" ? [`not ${column} between '${rule.from}' and '${rule.to}'`] : [],
    ),
  ];
  const queries = expectations.flatMap(({ rule }) =>
    rule.kind === "sql" ? [String(rule.sql).replaceAll("{batch}", `s_${name}`)] : [],
  );
  const failing = [
    ...(broken.length > 0 ? [`select 1 from s_${name} where ${broken.join(" or ")}`] : []),
    `select 1 from s_${name} group by user_id having count(*) > 1`,
    ...(name === entity.name
      ? []
      : [
          `select 1 from s_${name} s where not exists (select 1 from s_${entity.name} e where e.user_id = s.user_id)
             and not exists (select 1 from ${entity.name} e where e.user_id = s.user_id)`,
        ]),
    ...queries,
  ];
  return failing.map(
    (query) =>
      `do $$ begin if exists (${query}) then raise exception 'an expectation of ${name} failed'; end if; end $$;`,
  );
}

function columnChecks(column: string, { min, max, oneOf, required }: Column): string[] {
  return [
    ...(min === undefined || min === null ? [] : [`${column} < ${min}`]),
    ...(max === undefined || max === null ? [] : [`${column} > ${max}`]),
    ...(oneOf ? [`${column} not in (${oneOf.map((value) => `'${value}'`).join(", ")})`] : []),
    ...(required ? [`${column} is null`] : []),
  ];
}

/** No row is written live that stays as it is; the snapshot has all of them. */
function writesOf({ name, columns }: Source, asOf: string, revision: number): string[] {
  const names = Object.keys(columns);
  const row = (alias: string) => `(${names.map((column) => `${alias}.${column}`).join(", ")})`;
  const partition = `${name}_snapshots_${asOf.replaceAll("-", "")}`;
  return [
    `insert into ${name} as live select user_id, ${names.join(", ")}, '${asOf}' from s_${name} order by user_id
       on conflict (user_id) do update
         set ${names.map((column) => `${column} = excluded.${column}`).join(", ")}, as_of = excluded.as_of
       where live.as_of < excluded.as_of
         or (live.as_of = excluded.as_of and ${row("live")} is distinct from ${row("excluded")});`,
    `create table if not exists ${partition} partition of ${name}_snapshots for values in ('${asOf}');`,
    `insert into ${partition} (revision, as_of, user_id, ${names.join(", ")})
       select ${revision}, '${asOf}', user_id, ${names.join(", ")} from s_${name} order by user_id;`,
  ];
}
