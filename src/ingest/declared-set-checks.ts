import { type Client, literal, type Pool, type Queryable, quote } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import type { ExpectationRule } from "../definitions/language/expectation.js";
import type { UnexpectedRow } from "../registry/run.js";
import { type DeclaredExpectation, declaredOf } from "./declared-rules.js";
import type { ExpectationTally } from "./expectation-tally.js";
import { noteUnfit } from "./quarantine-notes.js";
import { stagingTable } from "./staging.js";
import { findUnexpected, unknownRows } from "./unexpected-rows.js";

interface Check {
  db: Pool;
  deployment: Deployment;
  runId: string;
  source: Source;
  expectation: DeclaredExpectation;
  tally: ExpectationTally;
}

/**
 * Checks what a source declares of its rows that one row alone does not tell. Nothing is said of files that could
 * not be read.
 */
export async function checkDeclaredRows(
  db: Pool,
  deployment: Deployment,
  runId: string,
  source: Source,
  tally: ExpectationTally,
): Promise<void> {
  if (!tally.wasRead(source.name)) return;
  for (const expectation of declaredOf(source)) {
    const check = { db, deployment, runId, source, expectation, tally };
    const { rule } = expectation;
    if (rule.kind === "unique") await checkUnique(check);
    else if (rule.kind === "foreign_key") await checkForeignKey(check, rule.source);
    else if (rule.kind === "sql") await checkQuery(check, rule.sql);
  }
}

/** Checks what every source declares of its file as a whole, by the rows that are to be published. */
export async function checkDeclaredAggregates(
  db: Pool,
  deployment: Deployment,
  runId: string,
  tally: ExpectationTally,
): Promise<void> {
  for (const source of deployment.sources) {
    if (!tally.wasRead(source.name)) continue;
    for (const expectation of declaredOf(source)) {
      const check = { db, deployment, runId, source, expectation, tally };
      const { rule } = expectation;
      if (rule.kind === "row_count_between") checkRowCount(check, rule);
      else if (rule.kind === "mean_between") await checkMean(check, rule);
    }
  }
}

type Bounds = Extract<ExpectationRule, { min: number | null }>;
const within = ({ min, max }: Bounds, value: number): boolean =>
  (min === null || value >= min) && (max === null || value <= max);

function checkRowCount({ source, expectation, tally }: Check, bounds: Bounds): void {
  const rows = tally.rowsLeft(source.name);
  const value = { line: 0, userId: null, value: `${rows} rows` };
  const wrong = !within(bounds, rows);
  tally.found(source.name, expectation.index, {
    ...{ count: wrong ? 1 : 0, observed: { rows }, sample: wrong ? [value] : [] },
  });
}

async function checkMean({ db, runId, source, expectation, tally }: Check, bounds: Bounds): Promise<void> {
  const { mean, values } = await meanOf(db, stagingTable(runId, source), quote(expectation.column!));
  const wrong = mean === null || !within(bounds, mean);
  const value = mean === null ? "no values" : `mean ${Number(mean.toPrecision(6))}`;
  tally.found(source.name, expectation.index, {
    ...{ count: wrong ? 1 : 0, observed: { mean, values } },
    sample: wrong ? [{ line: 0, userId: null, value }] : [],
  });
}

const OUT_OF_RANGE = "22003";
/** A power of two, so that dividing by it loses nothing; as many rows as that could not overflow any more. */
const SCALE = 2 ** 64;

interface Mean {
  mean: number | null;
  values: number;
}

/**
 * Where the sum is beyond a double though the mean is not, of the values scaled down. Not `avg`: PostgreSQL keeps the sum
 * of the squares beside it, which overflows at the root of the largest double.
 */
async function meanOf(db: Queryable, staged: string, column: string): Promise<Mean> {
  const query = async (value: string): Promise<Mean> => {
    const { rows } = await db.query<{ sum: number | null; values: number }>(
      `select sum(${value})::float8 as sum, count(${column})::int as values from ${staged}`,
    );
    const { sum, values } = rows[0]!;
    return { mean: sum === null ? null : sum / values, values };
  };
  try {
    return await query(column);
  } catch (error) {
    if ((error as { code?: unknown }).code !== OUT_OF_RANGE) throw error;
  }
  // Beside such values those that would scale down to nothing are nothing.
  const scaled = `case when abs(${column}) > 1e-200 then ${column} / ${SCALE}::float8 when ${column} is not null then 0 end`;
  const { mean, values } = await query(scaled);
  const most = Number.MAX_VALUE;
  return { mean: mean === null ? null : Math.min(most, Math.max(-most, mean * SCALE)), values };
}

async function checkUnique({ db, deployment, runId, source, expectation, tally }: Check): Promise<void> {
  const [staged, column] = [stagingTable(runId, source), quote(expectation.column!)];
  const repeated = `with repeated as materialized (
      select ${column} as value, min(line) as first from ${staged} where ${column} is not null
      group by 1 having count(*) > 1
    )
    select s.line, s.${quote(deployment.entity.key)} as key, s.${column}::text as value from ${staged} s
    join repeated on repeated.value = s.${column} and s.line > repeated.first`;
  const number = tally.quarantineNumber(source.name, expectation.index);
  const found = await findUnexpected(db, runId, repeated, number);
  tally.found(source.name, expectation.index, { ...found, seen: await valuesOf(db, staged, column) });
}

async function checkForeignKey(check: Check, targetName: string): Promise<void> {
  const { db, deployment, runId, source, expectation, tally } = check;
  // Where the other file could not be read, no value is called unknown for it.
  if (!tally.wasRead(targetName)) return tally.skipped(source.name, expectation.index);
  const target = deployment.sources.find(({ name }) => name === targetName)!;
  const column = expectation.ofKey ? deployment.entity.key : expectation.column!;
  const misshapen = tally.quarantineNumber(targetName, null, "row_shape");
  const unknown = unknownRows(deployment, runId, source, target, column, misshapen);
  const number = tally.quarantineNumber(source.name, expectation.index);
  const found = await findUnexpected(db, runId, unknown, number);
  const seen = await valuesOf(db, stagingTable(runId, source), quote(column));
  tally.found(source.name, expectation.index, { ...found, seen });
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
  const number = tally.quarantineNumber(source.name, expectation.index);
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
      const key = literal(deployment.entity.key);
      await client.query(
        `insert into selected select distinct (to_jsonb(u)->>'line')::int, to_jsonb(u)->>${key} from (${query}\n) u`,
      );
    }
    await client.query("commit");
    if (number !== null) {
      const named = await noteSelected(client, runId, source, number);
      if (!named) tally.namesNoRows(source.name, expectation.index);
    }
    broken = number !== null; // its temporary table goes with it
    const sample = rows.map(({ row }) => selectedRow(row, deployment.entity.key));
    tally.found(source.name, expectation.index, { count: rows[0]?.count ?? 0, sample });
  } catch (error) {
    if (!isOfQuery(error)) throw error;
    if (number !== null) tally.namesNoRows(source.name, expectation.index);
    const sample = [{ line: 0, userId: null, value: `the query failed: ${error.message}` }];
    // Of one value, so that no `mostly` tolerates it.
    tally.found(source.name, expectation.index, { count: 1, seen: 1, sample });
  } finally {
    client.release(broken);
  }
}

/** Notes the rows a query selected; false where some of them are on no line of the source. */
async function noteSelected(client: Client, runId: string, source: Source, number: number): Promise<boolean> {
  const { rows } = await client.query<{ unnamed: boolean }>(
    `select exists (select 1 from selected left join ${stagingTable(runId, source)} s using (line)
       where s.line is null) as unnamed`,
  );
  if (rows[0]!.unnamed) return false;
  await noteUnfit(client, runId, number, "select line, key from selected");
  return true;
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
