import { type Client, type Queryable, quote } from "../../db/pool.js";
import type { Deployment, Entity } from "../../definitions/language/deployment.js";
import { entityOfService } from "../../definitions/language/entities.js";
import { countErased, type Erasure } from "../../features/erasure/erase-rows.js";
import { byEntity, countRows, type Persons, type PlaceRows } from "../../features/erasure/erasure-counts.js";
import { quarantinedRowsOf, quarantinedRowsUnder } from "../../features/erasure/quarantined-rows.js";

/** Rows of one table beside those of entities that are the person's. */
interface DerivedRows {
  /** What they are counted as. */
  place: string;
  /** As SQL names it. */
  table: string;
  /** SQL condition, with its values. */
  where: string;
  values: readonly unknown[];
}

/** Deletes what was kept of the person beside the tables of entities: logged answers, rows in quarantine, what runs staged. */
export async function eraseDerived(tx: Client, deployment: Deployment, erasure: Erasure): Promise<void> {
  for (const { place, table, where, values } of await derivedRows(tx, deployment, byEntity([erasure]))) {
    const { rowCount } = await tx.query(`delete from ${table} where ${where}`, [...values]);
    await countErased(tx, erasure, place, rowCount);
  }
}

/** How many of them there are. */
export async function countDerived(
  db: Queryable,
  deployment: Deployment,
  persons: readonly Persons[],
): Promise<PlaceRows[]> {
  const counted: PlaceRows[] = [];
  for (const { place, table, where, values } of await derivedRows(db, deployment, persons))
    counted.push({ place, rows: await countRows(db, `${table} where ${where}`, values) });
  return counted;
}

async function derivedRows(
  db: Queryable,
  deployment: Deployment,
  persons: readonly Persons[],
): Promise<DerivedRows[]> {
  const found: DerivedRows[] = [];
  for (const each of persons) found.push(...(await rowsOfEntity(db, deployment, each)));
  return [...found, await quarantined(db, deployment, persons)];
}

/** Two entities may have keys of one text: models about others. One that is declared no longer may be about anybody. */
export const modelsOfOthers = (deployment: Deployment, { name }: Pick<Entity, "name">): string[] =>
  deployment.services
    .filter((each) => entityOfService(deployment, each).name !== name)
    .map((service) => service.name);

async function rowsOfEntity(
  db: Queryable,
  deployment: Deployment,
  { entity, keys }: Persons,
): Promise<DerivedRows[]> {
  const { rows: staged } = await db.query<{ name: string; column: string }>(
    `select c.relname as name, a.attname as column from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attname in ($1, 'key') and not a.attisdropped
     where c.relnamespace = 'staging'::regnamespace and c.relkind = 'r' and a.atttypid = 'text'::regtype order by 1`,
    [entity.key],
  );
  return [
    {
      ...{ place: "prediction_log", table: "prediction_log" },
      ...{ where: "key = any($1) and model <> all($2)", values: [keys, modelsOfOthers(deployment, entity)] },
    },
    ...staged.map(({ name, column }) => ({
      ...{ place: "staging", table: `staging.${quote(name)}` },
      ...{ where: `${quote(column)} = any($1)`, values: [keys] },
    })),
  ];
}

/** Their own, and those that say to belong to them. */
async function quarantined(
  db: Queryable,
  deployment: Deployment,
  persons: readonly Persons[],
): Promise<DerivedRows> {
  const found = [];
  for (const { entity, keys } of persons)
    for (const find of [quarantinedRowsOf, quarantinedRowsUnder])
      found.push(...(await find(db, deployment, entity, keys)));
  return {
    ...{ place: "quarantined_rows", table: "quarantined_rows" },
    where: "(run_id, source, line) in (select * from unnest($1::uuid[], $2::text[], $3::int[]))",
    values: [
      found.map(({ runId }) => runId),
      found.map(({ source }) => source),
      found.map(({ line }) => line),
    ],
  };
}
