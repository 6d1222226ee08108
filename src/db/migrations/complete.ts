import type { Queryable } from "../pool.js";

const CREATE_TABLE = /^create table (?:if not exists )?"?(\w+)"? \(/i;
const CREATE_INDEX = /^create (?:unique )?index (?:if not exists )?"?(\w+)"? on /i;
const CREATE_TRIGGER = /^create trigger "?(\w+)"? [^;]*? on (?:"?public"?\.)?"?(\w+)"?\s/i;
const ADD_CONSTRAINT = /^alter table (?:only )?"?(\w+)"? add constraint "?(\w+)"? /i;
const REPEATABLE =
  /^(create or replace function|create schema if not exists|alter table \S+ alter column \S+ set storage)\s/i;
const COLUMN = /^\t"(\w+)" (.*?),?$/;

/**
 * Executes what of a baseline's statements makes something that is not there yet: tables, columns of tables that are,
 * indexes, constraints, triggers; functions are replaced. Nothing is changed or dropped.
 * @throws {Error} a statement of another kind, of which it cannot be known whether it was executed
 */
export async function completeFrom(db: Queryable, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    const body = statement.replace(/^(\s*--[^\n]*\n)+/, "").trim();
    const table = CREATE_TABLE.exec(body)?.[1];
    if (table && (await exists(db, table))) await addColumns(db, table, body);
    else if (await isMissing(db, body)) await db.query(statement);
  }
}

async function isMissing(db: Queryable, body: string): Promise<boolean> {
  const made = CREATE_TABLE.exec(body)?.[1] ?? CREATE_INDEX.exec(body)?.[1];
  if (made) return !(await exists(db, made));
  const [, trigger, on] = CREATE_TRIGGER.exec(body) ?? [];
  if (trigger) {
    const found = await db.query("select 1 from pg_trigger where tgname = $1 and tgrelid = to_regclass($2)", [
      trigger,
      on,
    ]);
    return found.rows.length === 0;
  }
  const [, of, constraint] = ADD_CONSTRAINT.exec(body) ?? [];
  if (constraint) {
    const found = await db.query(
      "select 1 from pg_constraint where conname = $1 and conrelid = to_regclass($2)",
      [constraint, of],
    );
    return found.rows.length === 0;
  }
  if (REPEATABLE.test(`${body.replaceAll(/\s+/g, " ")} `)) return true;
  throw new Error(`a baseline holds a statement that a home of 0.1.0 cannot be given: ${body.slice(0, 80)}`);
}

async function addColumns(db: Queryable, table: string, body: string): Promise<void> {
  const { rows } = await db.query<{ name: string }>(
    "select attname as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
    [table],
  );
  const there = new Set(rows.map(({ name }) => name));
  for (const line of body.split("\n")) {
    const [, column, type] = COLUMN.exec(line) ?? [];
    if (column && !there.has(column)) await db.query(`alter table "${table}" add column "${column}" ${type}`);
  }
}

/** Tables and indexes of the schema the statements make things in. */
async function exists(db: Queryable, name: string): Promise<boolean> {
  const { rows } = await db.query("select to_regclass(quote_ident($1)) is not null as there", [name]);
  return rows[0].there;
}
