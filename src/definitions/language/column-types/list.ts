import { asItIs, type ColumnTypeFacts, type ItemType, type Scalar } from "./column-type.js";
import { escapeCopy } from "./string.js";

/** SQL of an array's items as they are hashed, by the item's type; whole arrays are cast where that is enough. */
const CANONICAL: Readonly<Record<string, (value: string, item: ColumnTypeFacts) => string>> = {
  int: (value) => `${value}::int8[]`,
  bigint: (value) => value,
  // Replaces -0, which equals 0, by it.
  float: (value) => `array_replace(${value}, 0::float8, 0::float8)`,
  bool: (value) => value,
  string: (value) => `${value}::text[]`,
};

const eachCanonical = (value: string, item: ColumnTypeFacts): string =>
  `case when ${value} is not null then array(
     select ${item.canonical("i.item")} from unnest(${value}) with ordinality i(item, place) order by i.place) end`;

/** Values of one type in their order, none of them empty: a JSON list in a CSV file. */
export function listType(itemType: ItemType, item: ColumnTypeFacts): ColumnTypeFacts {
  const kind = itemType.replace(/\(.*/, "");
  return {
    ...asItIs,
    sql: `${item.sql}[]`,
    check: (column) => `array_position(${column}, NULL) is null and coalesce(array_ndims(${column}), 1) = 1`,
    // A longer one is moved out of its row.
    row: { size: 24, align: 4 },
    words: `must be a JSON list without nulls, such as ["a", "b"], of which each value ${item.words}`,
    jsonWords: `must be a list without nulls, of which each value ${item.words}`,
    json: ["array"],
    reader(accept, unreadable, readAs) {
      const read = item.reader<{ copy: string; value: Scalar } | null>(
        (_, copy, value) => ({ copy, value: value as Scalar }),
        () => null,
        readAs,
      );
      return (text) => {
        const items = itemsOf(text, item)?.map((each) => (each === null ? null : read(each)));
        if (!items || items.includes(null)) return unreadable("type");
        const values = items.map((each) => each!.value);
        return accept(text, escapeCopy(arrayText(values)), values);
      };
    },
    bound: null,
    text: (value) => `to_json(${value}::text[])::text`,
    ofText: (text) => (JSON.parse(text) as string[]).map((each) => item.ofText(each) as Scalar),
    literal: (value) => (value === null ? null : arrayText(value as readonly Scalar[])),
    plain: false,
    csv: (value) => `to_json(${value})::text`,
    canonical: (value) => (CANONICAL[kind] ?? eachCanonical)(value, item),
    feature: null,
    remedy: "models take one value a feature; make columns of what is in it",
    profile: "counts",
    graphql: { name: item.graphql.name, list: true },
    parquet: item.parquet,
    parquetList: true,
    toParquet: item.toParquet,
  };
}

const NUMBER_OR_STRING = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** The items of a JSON list as texts, null for each that is of another type; null where it is no list. */
function itemsOf(text: string, item: ColumnTypeFacts): (string | null)[] | null {
  const items = parsed(text);
  if (!Array.isArray(items)) return null;
  // What has more digits than a double is read once more, as text.
  const isExact = items.every((each) => typeof each !== "number" || Number.isSafeInteger(each));
  const digits = isExact ? items : parsed(text.replace(NUMBER_OR_STRING, asText));
  return (digits as unknown[]).map((each, place) => {
    if (typeof each === "boolean") return item.json.includes("boolean") ? (each ? "True" : "False") : null;
    // A file's reader gives numbers of many digits as texts.
    if (typeof items[place] === "number") return item.json.includes("number") ? String(each) : null;
    if (typeof each !== "string") return null;
    return each === "" && !item.json.includes("string") ? null : each;
  });
}

const asText = (part: string): string => (part.startsWith('"') ? part : JSON.stringify(part));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** PostgreSQL's text of an array. */
export function arrayText(values: readonly Scalar[]): string {
  return `{${values.map((value) => (typeof value === "string" ? quoted(value) : String(value))).join(",")}}`;
}

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, "\\$&")}"`;
