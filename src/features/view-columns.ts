import { quote } from "../db/pool.js";
import type { ColumnType, ColumnValue } from "../definitions/language/column.js";
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
    .map(({ type, place }) => `${type === "string" ? "json_agg" : "array_agg"}(c${place})::text`)
    .join(", ");
}

/** Cuts the texts into the rows they came from, each into its views' rows; null where a view has none. */
export function viewRowsOfColumns(
  texts: readonly string[],
  views: readonly FeatureView[],
  count: number,
): (ViewRow | null)[][] {
  const columns = placed(views).map(({ type, place }) => parsers[type](texts[place]!));
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
  return views.flatMap(({ source, features }, view) =>
    ["as_of", ...features].map((column, i) => ({
      view,
      column,
      type: i === 0 ? ("date" as const) : source.columns[column]!.type,
      place: place++,
    })),
  );
}

const inside = (array: string): string => array.slice(1, -1);
const each = (array: string, parse: (text: string) => ColumnValue): ColumnValue[] =>
  inside(array)
    .split(",")
    .map((text) => (text === "NULL" ? null : parse(text)));

const parsers: Record<ColumnType, (text: string) => ColumnValue[]> = {
  int: numbers,
  float: numbers,
  bool: (array) => each(array, (text) => text === "t"),
  date: (array) => each(array, (text) => text),
  string: (json) => JSON.parse(json) as ColumnValue[],
};

/** `{1,NULL,2.5}`: JSON but for its braces and capitals, unless something in it is not finite. */
function numbers(array: string): ColumnValue[] {
  try {
    return JSON.parse(`[${inside(array).toLowerCase()}]`) as ColumnValue[];
  } catch {
    return each(array, Number);
  }
}
