import { z } from "zod";
import { type Client, literal } from "../../db/pool.js";
import { noteUnfit } from "../quarantine-notes.js";
import { defineExpectation, type UnexpectedRows } from "./expectation.js";
import type { StagedSet } from "./staged-set.js";

const PLACEHOLDER = /\{([a-z][a-z0-9_]*)\}/g;
const NAME = /^[a-z][a-z0-9_]{0,40}$/;
const placeholdersOf = (sql: string): string[] => [...sql.matchAll(PLACEHOLDER)].map((match) => match[1]!);

export const sqlExpectation = defineExpectation({
  name: "sql",
  options: z.strictObject({ name: z.string(), sql: z.string() }),
  columnTypes: [],
  contradiction: ({ name, sql }, { sourceNames }) => {
    if (!NAME.test(name)) return "its name must be lower_snake_case of at most 41 characters";
    const named = placeholdersOf(sql);
    if (!named.includes("batch")) return "its query does not read {batch}";
    const unknown = named.find((name) => name !== "batch" && !sourceNames.includes(name));
    return unknown ? `{${unknown}} is neither {batch} nor a source` : null;
  },
  label: ({ name }) => name,
  rule: () => "the declared query must select no row",
  refersTo: null,
  evaluation: {
    over: "set",
    needs: ({ sql }, sourceNames) => placeholdersOf(sql).filter((name) => sourceNames.includes(name)),
    find: ({ sql }, set) => findSelected(sql, set),
  },
  docs: {
    example: "`expectSql(name, query)`",
    on: "rows the query selects are unexpected",
    share: "rows",
    greatExpectations: "UnexpectedRowsExpectation",
  },
});

/** A query of the definitions' own, in a transaction that can only read. */
async function findSelected(declared: string, set: StagedSet): Promise<UnexpectedRows> {
  const query = declared.replace(PLACEHOLDER, (text, table: string) =>
    table === "batch" ? set.table : (set.tableOf(table) ?? text),
  );
  const { db, number, keyName } = set;
  const client = await db.connect();
  let broken = true;
  try {
    // The one table that a transaction which can only read may write to is a temporary one.
    if (number !== null) await client.query("create temporary table selected (line int, key text)");
    await client.query("begin transaction read only");
    const { rows } = await client.query<{ count: number; row: Record<string, unknown> }>(
      `with unexpected as materialized (${query}\n)
       select (select count(*)::int from unexpected) as count, row from (
         select to_jsonb(u) as row from unexpected u) r order by (row->>'line')::int nulls last limit 20`,
    );
    if (number !== null && rows.length > 0) {
      await client.query(
        `insert into selected select distinct (to_jsonb(u)->>'line')::int, to_jsonb(u)->>${literal(keyName)} from (${query}\n) u`,
      );
    }
    await client.query("commit");
    const namesRows = number === null || (await noteSelected(client, set, number));
    broken = number !== null; // its temporary table goes with it
    const sample = rows.map(({ row }) => selectedRow(row, keyName));
    return { count: rows[0]?.count ?? 0, seen: null, sample, namesRows };
  } catch (error) {
    if (!isOfQuery(error)) throw error;
    const sample = [{ line: 0, key: null, value: `the query failed: ${error.message}` }];
    // Of one value, so that no `mostly` tolerates it.
    return { count: 1, seen: 1, sample, namesRows: false };
  } finally {
    client.release(broken);
  }
}

/** Notes the rows a query selected; false where some of them are on no line of the source. */
async function noteSelected(client: Client, { table, runId }: StagedSet, number: number): Promise<boolean> {
  const { rows } = await client.query<{ unnamed: boolean }>(
    `select exists (select 1 from selected left join ${table} s using (line)
       where s.line is null) as unnamed`,
  );
  if (rows[0]!.unnamed) return false;
  await noteUnfit(client, runId, number, "select line, key from selected");
  return true;
}

/** What of a selected row is shown: its `value`, or else all it selected beside its line and key. */
function selectedRow(row: Record<string, unknown>, keyName: string): UnexpectedRows["sample"][number] {
  const { line, [keyName]: key, value, ...others } = row;
  const shown = value === undefined ? JSON.stringify(others) : value === null ? null : String(value);
  return {
    line: typeof line === "number" ? line : 0,
    key: key === undefined || key === null ? null : String(key).slice(0, 200),
    value: shown?.slice(0, 300) ?? null,
  };
}

/** A query that cannot be run; a lost connection is none, and tried again. */
const isOfQuery = (error: unknown): error is Error =>
  error instanceof Error && /^(42|22|25006)/.test((error as { code?: string }).code ?? "");
