import { DrizzleQueryError, is, SQL, sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { type AnyPgColumn, PgDialect, type PgSelectBuilder } from "drizzle-orm/pg-core";
import type { Pool, Queryable } from "./pool.js";

const builders = new WeakMap<Queryable, NodePgDatabase>();

/**
 * Sends what `build` makes of the tables in `db/tables`: a column that is renamed there fails to compile wherever it is
 * named. For everyday queries. To build one costs 0.1 ms more than to send a text: what is hot, streamed or over sets is
 * written by hand, in a named place.
 * @throws PostgreSQL's own errors, with their `code`, as queries written by hand do
 */
export async function ask<T>(db: Queryable, build: (query: NodePgDatabase) => PromiseLike<T>): Promise<T> {
  // Of a pool or a client nothing but its `query` is used.
  const builder = builders.get(db) ?? drizzle(db as Pool);
  builders.set(db, builder);
  try {
    return await build(builder);
  } catch (error) {
    throw error instanceof DrizzleQueryError ? (error.cause ?? error) : error;
  }
}

/** By each field of a row as it is read, the column it is from, or what works it out. */
export type Fields<Row> = { readonly [Field in keyof Required<Row>]: AnyPgColumn | SQL };
type AnyFields = Record<string, AnyPgColumn | SQL>;

/** Rows of these fields. What columns of text and JSON hold is what was written to them by the row's type. */
export function find<Row>(
  db: Queryable,
  fields: Fields<Row>,
  rest: (select: PgSelectBuilder<AnyFields>) => PromiseLike<unknown[]>,
): Promise<Row[]> {
  return ask(db, (query) => rest(query.select(fields as AnyFields)) as PromiseLike<Row[]>);
}

const dialect = new PgDialect();

/** The same fields in a query that is written by hand: `"created_at" as "createdAt", …`. */
export function selectList<Row>(fields: Fields<Row>): string {
  return Object.entries<AnyPgColumn | SQL>(fields)
    .map(([field, from]) => {
      const expression = is(from, SQL) ? dialect.sqlToQuery(from).sql : `"${from.name}"`;
      return `${expression} as "${field}"`;
    })
    .join(", ");
}

/** A value of a jsonb column. As text: Drizzle takes no object without a prototype, which is what GraphQL makes. */
export const jsonbValue = (value: unknown): SQL => sql`${JSON.stringify(value)}::jsonb`;

/** One parameter, however many values: the statement stays the same. */
export const isAnyOf = (column: AnyPgColumn, values: readonly unknown[]): SQL =>
  sql`${column} = any(${sql.param(values)})`;
