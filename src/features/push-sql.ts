import { type Client, quote } from "../db/pool.js";
import { onlineTableName, pushTableName, snapshotTableName } from "../db/tables/derived.js";
import type { ColumnValue } from "../definitions/language/column.js";
import { columnOf } from "../definitions/language/column-of.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import type { FeatureView } from "../definitions/language/deployment.js";
import { newestParts } from "./newest-rows.js";
import type { MergedRow, PushedRow, StoredRows } from "./push-merge.js";
import { type ViewRow, viewRowsOf } from "./view-rows.js";

/** The online rows of these users, locked to the end of the transaction in key order, as materialize locks them. */
export async function lockOnline(
  tx: Client,
  key: string,
  view: FeatureView,
  keys: readonly string[],
): Promise<Map<string, ViewRow>> {
  const { rows } = await tx.query({
    text: `select ${[key, "as_of", ...view.features].map(quote).join(", ")} from ${quote(onlineTableName(view))}
      where ${quote(key)} = any($1) order by ${quote(key)} for update`,
    values: [keys],
    rowMode: "array",
  });
  return new Map(rows.map(([key, ...row]) => [key as string, viewRowsOf(row, [view])[0]!]));
}

/** The newest extract's row and the last pushed one of each user up to each date, by place. */
export async function findHeld(
  tx: Client,
  keyName: string,
  view: FeatureView,
  rows: readonly { place: number; key: string; asOf: string }[],
): Promise<Map<number, StoredRows>> {
  if (rows.length === 0) return new Map();
  const key = quote(keyName);
  const columns = (alias: string) =>
    ["as_of", ...view.features].map((column) => `${alias}.${quote(column)}`).join(", ");
  const { rows: found } = await tx.query({
    text: `
      with newest as materialized (${newestParts(view.source)})
      select asked.place, ${columns("e")}, ${columns("p")}
      from unnest($1::int4[], $2::text[], $3::date[]) asked(place, key, as_of)
      left join lateral (
        select v.* from newest cross join lateral (
          select * from ${quote(snapshotTableName(view.source.name))} v
          where v.as_of = newest.event_date and v.snapshot_id = newest.owner_id and v.${key} = asked.key
        ) v where newest.event_date <= asked.as_of order by newest.event_date desc limit 1
      ) e on true
      left join lateral (
        select * from ${quote(pushTableName(view))} p where p.${key} = asked.key and p.as_of <= asked.as_of
        order by p.as_of desc, p.push_id desc limit 1
      ) p on true`,
    values: [rows.map((row) => row.place), rows.map((row) => row.key), rows.map((row) => row.asOf)],
    rowMode: "array",
  });
  return new Map(
    found.map(([place, ...row]) => {
      const [extract, pushed] = viewRowsOf(row, [view, view]);
      return [place as number, { extract: extract!, pushed: pushed! }];
    }),
  );
}

/**
 * Writes the rows to the online table under the event-time guard, one row a user.
 * @returns the users whose rows were written, and how many had none before
 */
export async function upsertOnline(
  tx: Client,
  keyName: string,
  view: FeatureView,
  rows: readonly MergedRow[],
): Promise<{ written: Set<string>; inserted: number }> {
  if (rows.length === 0) return { written: new Set(), inserted: 0 };
  const key = quote(keyName);
  const values = ["as_of", ...view.features].map(quote);
  const { rows: written } = await tx.query<{ key: string; inserted: boolean }>(
    `insert into ${quote(onlineTableName(view))} as online (${[key, ...values].join(", ")})
     select ${[key, `"as_of"`, ...typedValues(view, values.slice(1))].join(", ")}
     from unnest($1::text[], $2::date[], ${typedArrays(view, 3)}) pushed(${key}, ${values.join(", ")})
     order by pushed.${key} collate "C"
     on conflict (${key}) do update set ${values.map((column) => `${column} = excluded.${column}`).join(", ")}
     where excluded.as_of >= online.as_of
     returning ${key} as key, online.xmax = 0 as inserted`,
    [rows.map((row) => row.key), rows.map((row) => row.asOf), ...columnsOf(view, rows)],
  );
  return {
    written: new Set(written.map(({ key }) => key)),
    inserted: written.filter(({ inserted }) => inserted).length,
  };
}

/** Appends the rows to what was pushed, in their order. */
export async function insertPushes(
  tx: Client,
  keyName: string,
  view: FeatureView,
  rows: readonly MergedRow[],
  actor: string,
): Promise<void> {
  if (rows.length === 0) return;
  const names = [keyName, "as_of", "pushed_features", ...view.features];
  const places = names.map((_, i) => `c${i}`);
  const pushed = ["c0", "c1", "string_to_array(c2, ',')", ...typedValues(view, places.slice(3))];
  await tx.query(
    `insert into ${quote(pushTableName(view))} (pushed_by, ${names.map(quote).join(", ")})
     select $1, ${pushed.join(", ")}
     from unnest($2::text[], $3::date[], $4::text[], ${typedArrays(view, 5)}) with ordinality
       pushed(${places.join(", ")}, ordinal) order by pushed.ordinal`,
    [
      actor,
      rows.map((row) => row.key),
      rows.map((row) => row.asOf),
      rows.map((row) => givenFeatures(view, row).join(",")),
      ...columnsOf(view, rows),
    ],
  );
}

export const givenFeatures = (view: FeatureView, { given }: PushedRow): string[] =>
  view.features.filter((_, i) => given[i] !== undefined);

const factsIn = (view: FeatureView) => view.features.map((name) => factsOf(columnOf(view, name).type));

/** Arrays of arrays would be one: what is an array itself comes as text. */
const typedArrays = (view: FeatureView, from: number): string =>
  factsIn(view)
    .map(({ literal, sql }, i) => `$${from + i}::${literal ? "text" : sql}[]`)
    .join(", ");

/** SQL of the values in the columns of `typedArrays`. */
const typedValues = (view: FeatureView, columns: readonly string[]): string[] =>
  factsIn(view).map(({ literal, sql }, i) => (literal ? `${columns[i]}::${sql}` : columns[i]!));

/** One array a feature. */
const columnsOf = (view: FeatureView, rows: readonly MergedRow[]): ColumnValue[][] =>
  factsIn(view).map(({ literal }, i) =>
    rows.map(({ values }) => (literal ? literal(values[i]!) : values[i]!)),
  );
