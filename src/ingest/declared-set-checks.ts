import { type Pool, type Queryable, quote } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import type { ExpectationRule } from "../definitions/language/expectation.js";
import type { UnexpectedRow } from "../registry/run.js";
import { type DeclaredExpectation, declaredOf } from "./declared-rules.js";
import type { ExpectationTally } from "./expectations.js";
import { stagingTable } from "./staging.js";

interface Check {
  db: Pool;
  deployment: Deployment;
  runId: string;
  source: Source;
  expectation: DeclaredExpectation;
  tally: ExpectationTally;
}
interface Unexpected {
  count: number;
  line: number;
  key: string;
  value: string;
}

/** Checks what a source declares of its file as a whole. Nothing is said of files that could not be read. */
export async function checkDeclaredSets(
  db: Pool,
  deployment: Deployment,
  runId: string,
  source: Source,
  tally: ExpectationTally,
): Promise<void> {
  if (!tally.wasRead(source.name)) return;
  for (const expectation of declaredOf(source)) {
    await checkSet({ db, deployment, runId, source, expectation, tally });
  }
}

async function checkSet(check: Check): Promise<void> {
  const { rule } = check.expectation;
  switch (rule.kind) {
    case "row_count_between":
      return checkRowCount(check, rule);
    case "mean_between":
      return checkMean(check, rule);
    case "unique":
      return checkUnique(check);
    case "foreign_key":
      return checkForeignKey(check, rule.source);
    case "sql":
      return checkQuery(check, rule.sql);
  }
}

type Bounds = Extract<ExpectationRule, { min: number | null }>;
const within = ({ min, max }: Bounds, value: number): boolean =>
  (min === null || value >= min) && (max === null || value <= max);

function checkRowCount({ source, expectation, tally }: Check, bounds: Bounds): void {
  const rows = tally.rowsOf(source.name);
  const value = { line: 1, userId: null, value: `${rows} rows` };
  const wrong = !within(bounds, rows);
  tally.found(source.name, expectation.index, {
    ...{ count: wrong ? 1 : 0, observed: { rows }, sample: wrong ? [value] : [] },
  });
}

async function checkMean({ db, runId, source, expectation, tally }: Check, bounds: Bounds): Promise<void> {
  const { rows } = await db.query<{ mean: number | null; values: number }>(
    `select avg(${quote(expectation.column!)})::float8 as mean, count(${quote(expectation.column!)})::int as values
     from ${stagingTable(runId, source)}`,
  );
  const { mean, values } = rows[0]!;
  const wrong = mean === null || !within(bounds, mean);
  const value = mean === null ? "no values" : `mean ${Number(mean.toPrecision(6))}`;
  tally.found(source.name, expectation.index, {
    ...{ count: wrong ? 1 : 0, observed: { mean, values } },
    sample: wrong ? [{ line: 1, userId: null, value }] : [],
  });
}

async function checkUnique({ db, deployment, runId, source, expectation, tally }: Check): Promise<void> {
  const [staged, column] = [stagingTable(runId, source), quote(expectation.column!)];
  const { rows } = await db.query<Unexpected>(
    `with repeated as materialized (
       select ${column} as value, min(line) as first from ${staged} where ${column} is not null
       group by 1 having count(*) > 1
     ), extra as materialized (
       select s.line, s.${quote(deployment.entity.key)} as key, s.${column}::text as value from ${staged} s
       join repeated on repeated.value = s.${column} and s.line > repeated.first
     )
     select (select count(*)::int from extra) as count, line, key, value from extra order by line limit 20`,
  );
  tally.found(source.name, expectation.index, {
    ...{ count: rows[0]?.count ?? 0, sample: rows.map(rowOf) },
    seen: await valuesOf(db, staged, column),
  });
}

async function checkForeignKey(check: Check, targetName: string): Promise<void> {
  const { db, deployment, runId, source, expectation, tally } = check;
  // Where the other file could not be read, no value is called unknown for it.
  if (!tally.wasRead(targetName)) return tally.skipped(source.name, expectation.index);
  const target = deployment.sources.find(({ name }) => name === targetName)!;
  const key = quote(deployment.entity.key);
  const column = expectation.ofKey ? key : quote(expectation.column!);
  const staged = stagingTable(runId, source);
  const { rows } = await db.query<Unexpected>(
    `with unknown as materialized (
       select s.line, s.${key} as key, s.${column} as value from ${staged} s
       where s.${column} is not null
         and not exists (select 1 from ${stagingTable(runId, target)} t where t.${key} = s.${column})
         and not exists (select 1 from ${quote(targetName)} t where t.${key} = s.${column})
     )
     select (select count(*)::int from unknown) as count, line, key, value from unknown order by line limit 20`,
  );
  tally.found(source.name, expectation.index, {
    ...{ count: rows[0]?.count ?? 0, sample: rows.map(rowOf) },
    seen: await valuesOf(db, staged, column),
  });
}

/** A query of the definitions' own, in a transaction that can only read. */
async function checkQuery(
  { db, deployment, runId, source, expectation, tally }: Check,
  sql: string,
): Promise<void> {
  const tables = new Map(deployment.sources.map((each) => [each.name, each]));
  const named = [...sql.matchAll(PLACEHOLDER)].map((match) => match[1]!);
  if (named.some((table) => tables.has(table) && !tally.wasRead(table))) {
    return tally.skipped(source.name, expectation.index);
  }
  const query = sql.replace(PLACEHOLDER, (text, table: string) =>
    table === "batch"
      ? stagingTable(runId, source)
      : tables.has(table)
        ? stagingTable(runId, tables.get(table)!)
        : text,
  );
  const client = await db.connect();
  let broken = true;
  try {
    await client.query("begin transaction read only");
    const { rows } = await client.query<{ count: number; row: Record<string, unknown> }>(
      `with unexpected as materialized (${query}\n)
       select (select count(*)::int from unexpected) as count, row from (
         select to_jsonb(u) as row from unexpected u) r order by (row->>'line')::int nulls last limit 20`,
    );
    await client.query("rollback");
    broken = false;
    const sample = rows.map(({ row }) => selectedRow(row, deployment.entity.key));
    tally.found(source.name, expectation.index, { count: rows[0]?.count ?? 0, sample });
  } catch (error) {
    if (!isOfQuery(error)) throw error;
    const sample = [{ line: 0, userId: null, value: `the query failed: ${error.message}` }];
    // Of one value, so that no `mostly` tolerates it.
    tally.found(source.name, expectation.index, { count: 1, seen: 1, sample });
  } finally {
    client.release(broken);
  }
}

const PLACEHOLDER = /\{([a-z][a-z0-9_]*)\}/g;

/** What of a selected row is shown: its `value`, or else all it selected beside its line and key. */
function selectedRow(row: Record<string, unknown>, keyName: string): UnexpectedRow {
  const { line, [keyName]: key, value, ...others } = row;
  const shown = value === undefined ? JSON.stringify(others) : value === null ? null : String(value);
  return {
    line: typeof line === "number" ? line : 0,
    userId: key === undefined || key === null ? null : String(key).slice(0, 200),
    value: shown?.slice(0, 300) ?? null,
  };
}

/** A query that cannot be run; a lost connection is none, and tried again. */
const isOfQuery = (error: unknown): error is Error =>
  error instanceof Error && /^(42|22|25006)/.test((error as { code?: string }).code ?? "");

async function valuesOf(db: Queryable, staged: string, column: string): Promise<number> {
  const { rows } = await db.query<{ values: number }>(
    `select count(${column})::int as values from ${staged}`,
  );
  return rows[0]!.values;
}

const rowOf = ({ line, key, value }: Unexpected): UnexpectedRow => ({
  line,
  userId: key,
  value: value.slice(0, 300),
});
