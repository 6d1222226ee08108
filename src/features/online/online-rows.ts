import { quote } from "../../db/pool.js";
import { onlineTableName } from "../../db/tables/derived.js";
import { columnOf } from "../../definitions/language/column-of.js";
import { factsOf } from "../../definitions/language/column-types/registry.js";
import type { FeatureView } from "../../definitions/language/deployment.js";
import type { ViewRow } from "../view-rows.js";

/** SQL: a row of an online table as the JSON list of its event time and values as PostgreSQL prints them. */
export function rowTextSql(view: FeatureView): string {
  // An array, not a function's arguments: of those there may be a hundred.
  return `to_json(array[${valueTexts(view, "").join(", ")}])::text`;
}

/**
 * SQL: a row's event time and values, each as text.
 * @param of what is before a column's name, such as `e.`
 */
export const valueTexts = (view: FeatureView, of: string): string[] => [
  `${of}as_of::text`,
  ...view.features.map((name) => factsOf(columnOf(view, name).type).text(`${of}${quote(name)}`)),
];

/** SQL: `key` and `row`, the row's text, of all users, or of those in `$1`. */
export function rowTextsSql(key: string, view: FeatureView, users: "all" | "some"): string {
  return `select ${quote(key)} as key, ${rowTextSql(view)} as row from ${quote(onlineTableName(view))}
    ${users === "some" ? `where ${quote(key)} = any($1)` : ""}`;
}

/** What the text says, to the last bit of a float. */
export function readRowText(view: FeatureView, text: string): ViewRow {
  const [eventTime, ...texts] = JSON.parse(text) as [string, ...(string | null)[]];
  const values = texts.map((each, place) =>
    each === null ? null : factsOf(columnOf(view, view.features[place]!).type).ofText(each),
  );
  return { eventTime, values };
}
