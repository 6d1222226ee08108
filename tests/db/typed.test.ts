import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPool, type Pool, type Queryable } from "../../src/db/pool.js";
import { runs } from "../../src/db/tables/runs.js";
import { ask, type Fields, find, isAnyOf, jsonbValue, selectList } from "../../src/db/typed.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 2);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

interface Named {
  id: string;
  begunAt: Date | null;
  params: Record<string, unknown>;
}
const NAMED: Fields<Named> = { id: runs.id, begunAt: runs.started_at, params: runs.params };
const row = (id: string, params: object = {}) => ({
  ...{ id, kind: "TRAIN", status: "RUNNING", actor: "tester" },
  ...{ params: jsonbValue(params), started_at: new Date("2024-02-03T04:05:06.789Z") },
});

it("rows are read by the names of their fields, instants as dates", async () => {
  const id = randomUUID();
  await ask(pool, (query) => query.insert(runs).values(row(id, { rate: 0.1 })));
  const found = await find(pool, NAMED, (select) => select.from(runs).where(eq(runs.id, id)));
  expect(found).toEqual([{ id, begunAt: new Date("2024-02-03T04:05:06.789Z"), params: { rate: 0.1 } }]);
  const { rows } = await pool.query(`select ${selectList(NAMED)} from runs where id = $1`, [id]);
  expect(rows).toEqual(found);
});

it("an object without a prototype, as GraphQL makes them, is written as JSON", async () => {
  const id = randomUUID();
  const params = Object.assign(Object.create(null), { nested: Object.assign(Object.create(null), { a: 1 }) });
  await ask(pool, (query) => query.insert(runs).values(row(id, params)));
  const [found] = await find(pool, NAMED, (select) => select.from(runs).where(eq(runs.id, id)));
  expect(found!.params).toEqual({ nested: { a: 1 } });
});

it.each<[string, (db: Queryable) => Promise<unknown>, object]>([
  [
    "PostgreSQL refuses",
    async (db) => {
      const again = row(randomUUID());
      await ask(db, (query) => query.insert(runs).values(again));
      await ask(db, (query) => query.insert(runs).values(again));
    },
    { code: "23505", constraint: "runs_pkey" },
  ],
  [
    "it cannot read",
    (db) => ask(db, (query) => query.select({ id: runs.id }).from(runs).where(eq(runs.id, "no uuid"))),
    { code: "22P02" },
  ],
])("the error of what %s is PostgreSQL's own, with its code", async (_, send, error) => {
  await expect(send(pool)).rejects.toMatchObject(error);
});

it("many values are one parameter, so that the statement stays the same", async () => {
  const sent: { text: string; values: unknown[] }[] = [];
  const counting = {
    query: (config: { text: string }, values: unknown[]) => {
      sent.push({ text: config.text, values });
      return pool.query(config as never, values);
    },
  } as unknown as Queryable;
  for (const ids of [[randomUUID()], [randomUUID(), randomUUID(), randomUUID()]])
    await find(counting, NAMED, (select) => select.from(runs).where(isAnyOf(runs.id, ids)));
  expect(new Set(sent.map(({ text }) => text)).size).toBe(1);
  expect(sent.map(({ values }) => values.length)).toEqual([1, 1]);
});

it("a column that the table does not have, and a field that is left out, do not compile", () => {
  // @ts-expect-error: it is `started_at`
  const renamed: Fields<Named> = { ...NAMED, begunAt: runs.begun_at };
  // @ts-expect-error: `params` is missing
  const short: Fields<Named> = { id: runs.id, begunAt: sql`null` };
  expect([renamed, short]).toHaveLength(2);
});
