import { type Client, quote } from "../db/pool.js";
import { onlineTableName, pushTableName, snapshotTableName } from "../db/tables/derived.js";
import type { ColumnType, ColumnValue } from "../definitions/language/column.js";
import type { FeatureView } from "../definitions/language/deployment.js";
import { newestParts } from "./newest-rows.js";
import type { MergedRow, PushedRow, StoredRows } from "./push-merge.js";
import { type ViewRow, viewRowsOf } from "./view-rows.js";

const SQL_TYPES: Record<ColumnType, string> = {
  int: "int4",
  float: "float8",
  bool: "bool",
  string: "text",
  date: "date",
};

/** The online rows of these users, locked to the end of the transaction in key order, as materialize locks them. */
export async function lockOnline(
  tx: Client,
  key: string,
  view: FeatureView,
  userIds: readonly string[],
): Promise<Map<string, ViewRow>> {
  const { rows } = await tx.query({
    text: `select ${[key, "as_of", ...view.features].map(quote).join(", ")} from ${quote(onlineTableName(view))}
      where ${quote(key)} = any($1) order by ${quote(key)} for update`,
    values: [userIds],
    rowMode: "array",
  });
  return new Map(rows.map(([userId, ...row]) => [userId as string, viewRowsOf(row, [view])[0]!]));
}

/** The newest extract's row and the last pushed one of each user up to each date, by place. */
export async function findHeld(
  tx: Client,
  keyName: string,
  view: FeatureView,
  rows: readonly { place: number; userId: string; asOf: string }[],
): Promise<Map<number, StoredRows>> {
  if (rows.length === 0) return new Map();
  const key = quote(keyName);
  const columns = (alias: string) =>
    ["as_of", ...view.features].map((column) => `${alias}.${quote(column)}`).join(", ");
  const { rows: found } = await tx.query({
    text: `
      with newest as materialized (${newestParts(view.source)})
      select asked.place, ${columns("e")}, ${columns("p")}
      from unnest($1::int4[], $2::text[], $3::date[]) asked(place, user_id, as_of)
      left join lateral (
        select v.* from newest cross join lateral (
          select * from ${quote(snapshotTableName(view.source.name))} v
          where v.as_of = newest.event_date and v.snapshot_id = newest.owner_id and v.${key} = asked.user_id
        ) v where newest.event_date <= asked.as_of order by newest.event_date desc limit 1
      ) e on true
      left join lateral (
        select * from ${quote(pushTableName(view))} p where p.${key} = asked.user_id and p.as_of <= asked.as_of
        order by p.as_of desc, p.push_id desc limit 1
      ) p on true`,
    values: [rows.map((row) => row.place), rows.map((row) => row.userId), rows.map((row) => row.asOf)],
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
  const { rows: written } = await tx.query<{ userId: string; inserted: boolean }>(
    `insert into ${quote(onlineTableName(view))} as online (${[key, ...values].join(", ")})
     select * from unnest($1::text[], $2::date[], ${typedArrays(view, 3)}) pushed(${key}, ${values.join(", ")})
     order by pushed.${key} collate "C"
     on conflict (${key}) do update set ${values.map((column) => `${column} = excluded.${column}`).join(", ")}
     where excluded.as_of >= online.as_of
     returning ${key} as "userId", online.xmax = 0 as inserted`,
    [rows.map((row) => row.userId), rows.map((row) => row.asOf), ...columnsOf(view, rows)],
  );
  return {
    written: new Set(written.map(({ userId }) => userId)),
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
  const pushed = names.map((name, i) =>
    name === "pushed_features" ? `string_to_array(c${i}, ',')` : `c${i}`,
  );
  await tx.query(
    `insert into ${quote(pushTableName(view))} (pushed_by, ${names.map(quote).join(", ")})
     select $1, ${pushed.join(", ")}
     from unnest($2::text[], $3::date[], $4::text[], ${typedArrays(view, 5)}) with ordinality
       pushed(${names.map((_, i) => `c${i}`).join(", ")}, ordinal) order by ordinal`,
    [
      actor,
      rows.map((row) => row.userId),
      rows.map((row) => row.asOf),
      rows.map((row) => givenFeatures(view, row).join(",")),
      ...columnsOf(view, rows),
    ],
  );
}

export const givenFeatures = (view: FeatureView, { given }: PushedRow): string[] =>
  view.features.filter((_, i) => given[i] !== undefined);

const typedArrays = (view: FeatureView, from: number): string =>
  view.features.map((name, i) => `$${from + i}::${SQL_TYPES[view.source.columns[name]!.type]}[]`).join(", ");

/** One array a feature. */
const columnsOf = (view: FeatureView, rows: readonly MergedRow[]): ColumnValue[][] =>
  view.features.map((_, i) => rows.map(({ values }) => values[i]!));
