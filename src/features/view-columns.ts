import { quote } from "../db/pool.js";
import type { ColumnType, ColumnValue } from "../definitions/language/column.js";
import { columnOf } from "../definitions/language/column-of.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import type { FeatureView } from "../definitions/language/deployment.js";
import type { ViewRow } from "./view-rows.js";

/** SQL: the columns of `viewRowColumns`, named c0, c1, …, for a query of which `viewColumnArrays` makes one row. */
export function namedViewColumns(views: readonly FeatureView[]): string {
  return placed(views)
    .map(({ view, column, place }) => `v${view}.${quote(column)} as c${place}`)
    .join(", ");
}

/** SQL: per column one text that holds its value of every row, in the rows' order. */
export function viewColumnArrays(views: readonly FeatureView[]): string {
  return placed(views)
    .map(({ type, place }) => {
      const { plain, text } = factsOf(type);
      return plain ? `array_agg(c${place})::text` : `json_agg(${text(`c${place}`)})::text`;
    })
    .join(", ");
}

/** Cuts the texts into the rows they came from, each into its views' rows; null where a view has none. */
export function viewRowsOfColumns(
  texts: readonly string[],
  views: readonly FeatureView[],
  count: number,
): (ViewRow | null)[][] {
  const columns = placed(views).map(({ type, place }) => valuesIn(type, texts[place]!));
  const rows = Array.from({ length: count }, () => new Array<ViewRow | null>(views.length));
  let first = 0;
  views.forEach(({ features }, view) => {
    const eventTimes = columns[first]! as (string | null)[];
    for (let row = 0; row < count; row++) {
      const eventTime = eventTimes[row]!;
      rows[row]![view] =
        eventTime === null ? null : { eventTime, values: valuesOf(columns, first + 1, features.length, row) };
    }
    first += 1 + features.length;
  });
  return rows;
}

function valuesOf(
  columns: readonly ColumnValue[][],
  first: number,
  length: number,
  row: number,
): ColumnValue[] {
  const values = new Array<ColumnValue>(length);
  for (let i = 0; i < length; i++) values[i] = columns[first + i]![row]!;
  return values;
}

function placed(views: readonly FeatureView[]) {
  let place = 0;
  return views.flatMap((of, view) =>
    ["as_of", ...of.features].map((column, i) => ({
      view,
      column,
      type: i === 0 ? ("date" as const) : columnOf(of, column).type,
      place: place++,
    })),
  );
}

/** Of such a text: `{1,NULL,2.5}`, or the JSON list of the values' texts. */
function valuesIn(type: ColumnType, array: string): ColumnValue[] {
  const { plain, ofText } = factsOf(type);
  if (!plain) {
    const texts = JSON.parse(array) as (string | null)[];
    return texts.map((text) => (text === null ? null : ofText(text)));
  }
  const inside = array.slice(1, -1);
  if (ofText === Number) {
    // JSON but for its braces and capitals, unless something in it is not finite.
    try {
      return JSON.parse(`[${inside.toLowerCase()}]`) as ColumnValue[];
    } catch {}
  }
  if (type === "date") return datesIn(inside);
  return inside.split(",").map((text) => (text === "NULL" ? null : ofText(text)));
}

/** Nearly always one and the same, which is then made once. */
function datesIn(inside: string): (string | null)[] {
  const first = inside.split(",", 1)[0]!;
  const count = (inside.length + 1) / (first.length + 1);
  if (first !== "NULL" && Number.isInteger(count) && inside === Array(count).fill(first).join(","))
    return new Array<string>(count).fill(first);
  return inside.split(",").map((text) => (text === "NULL" ? null : text));
}
