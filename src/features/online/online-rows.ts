import { quote } from "../../db/pool.js";
import { onlineTableName } from "../../db/tables/derived.js";
import type { ColumnType, ColumnValue } from "../../definitions/language/column.js";
import type { FeatureView } from "../../definitions/language/deployment.js";
import type { ViewRow } from "../view-rows.js";

/** SQL: a row of an online table as the JSON list of its event time and values as PostgreSQL prints them. */
export function rowTextSql(view: FeatureView): string {
  // An array, not a function's arguments: of those there may be a hundred.
  const values = ["as_of", ...view.features].map((column) => `${quote(column)}::text`);
  return `to_json(array[${values.join(", ")}])::text`;
}

/** SQL: `key` and `row`, the row's text, of all users, or of those in `$1`. */
export function rowTextsSql(key: string, view: FeatureView, users: "all" | "some"): string {
  return `select ${quote(key)} as key, ${rowTextSql(view)} as row from ${quote(onlineTableName(view))}
    ${users === "some" ? `where ${quote(key)} = any($1)` : ""}`;
}

const readers: Record<ColumnType, (text: string) => ColumnValue> = {
  int: Number,
  float: Number,
  bool: (text) => text === "true",
  string: (text) => text,
  date: (text) => text,
};

/** What the text says, to the last bit of a float. */
export function readRowText(view: FeatureView, text: string): ViewRow {
  const [eventTime, ...texts] = JSON.parse(text) as [string, ...(string | null)[]];
  const values = texts.map((each, place) =>
    each === null ? null : readers[view.source.columns[view.features[place]!]!.type](each),
  );
  return { eventTime, values };
}
