import type { Column } from "../../../definitions/language/column.js";
import { kindOf } from "../../../definitions/language/column-types/registry.js";
import { arrayJson } from "./array-json.js";

export type ToText = (text: string) => string;

/** What a type of PostgreSQL is to asof. */
type Family = "number" | "boolean" | "date" | "time" | "clock" | "text" | "list" | "json" | "other";

interface SqlType {
  readonly name: string;
  readonly family: Family;
  /** From PostgreSQL's text to the one that a file of the same values would hold. */
  readonly toText: ToText;
}

const same: ToText = (text) => text;
const type = (name: string, family: Family, toText: ToText = same): SqlType => ({ name, family, toText });

const truth: ToText = (text) => (text === "t" ? "True" : "False");
/** UTC has a Z; what some clock showed has no offset. */
const instant: ToText = (text) => text.replace(" ", "T").replace(/\+00$/, "Z");
/** Blanks that only fill a char(n) up are no part of its value. */
const unfilled: ToText = (text) => text.replace(/ +$/, "");

/** By its number in pg_type, which is the same in every PostgreSQL. */
const SCALARS = new Map<number, SqlType>([
  [16, type("boolean", "boolean", truth)],
  [20, type("bigint", "number")],
  [21, type("smallint", "number")],
  [23, type("integer", "number")],
  [26, type("oid", "number")],
  [700, type("real", "number")],
  [701, type("double precision", "number")],
  [1700, type("numeric", "number")],
  [18, type('"char"', "text")],
  [19, type("name", "text")],
  [25, type("text", "text")],
  [705, type("unknown", "text")],
  [1042, type("character", "text", unfilled)],
  [1043, type("character varying", "text")],
  [2950, type("uuid", "text")],
  [114, type("json", "json")],
  [3802, type("jsonb", "json")],
  [1082, type("date", "date")],
  [1114, type("timestamp without time zone", "clock", instant)],
  [1184, type("timestamp with time zone", "time", instant)],
  [17, type("bytea", "other")],
  [1083, type("time", "other")],
  [1266, type("time with time zone", "other")],
  [1186, type("interval", "other")],
  [790, type("money", "other")],
]);

/** The arrays of these, by their own numbers. */
const ARRAYS = new Map<number, number>([
  ...([
    [1000, 16],
    [1016, 20],
    [1005, 21],
    [1007, 23],
    [1021, 700],
    [1022, 701],
  ] as const),
  ...([
    [1231, 1700],
    [1009, 25],
    [1014, 1042],
    [1015, 1043],
    [2951, 2950],
    [1182, 1082],
  ] as const),
]);

/** Enumerations and other types of the database's own, which have numbers from here on, are their text. */
const FIRST_OWN = 16_384;

export function sqlType(oid: number): SqlType {
  const scalar = SCALARS.get(oid);
  if (scalar) return scalar;
  const item = SCALARS.get(ARRAYS.get(oid) ?? 0);
  if (item) {
    const quoted = !["number", "boolean"].includes(item.family);
    const one = (text: string) =>
      quoted ? JSON.stringify(item.toText(text)) : item.toText(text).toLowerCase();
    return type(`${item.name}[]`, "list", (text) => arrayJson(text, one));
  }
  return oid >= FIRST_OWN ? type("of its own", "text") : type(`number ${oid}`, "other");
}

const ANY: readonly Family[] = ["number", "boolean", "date", "time", "clock", "text", "json"];
const NUMBER: readonly Family[] = ["number", "text"];
const LIST: readonly Family[] = ["list", "json", "text"];

/** By the kind of a column. One that is not listed is left to its values. */
const ACCEPTED: Readonly<Record<string, readonly Family[]>> = {
  ...{ int: NUMBER, bigint: NUMBER, float: NUMBER, decimal: NUMBER },
  ...{ bool: ["boolean", "text"], string: ANY, list: LIST, vector: LIST },
  ...{ date: ["date", "time", "clock", "text"], timestamp: ["date", "time", "clock", "text"] },
};

/** Why no value of the type could be one of the column, with the remedy; null where some could. */
export function typeProblem(oid: number, column: Column): string | null {
  const { name, family } = sqlType(oid);
  const kind = kindOf(column.type);
  const asWord = kind === "bool" && column.true !== undefined && family === "number";
  if (!asWord && !(ACCEPTED[kind] ?? [...ANY, "list"]).includes(family))
    return `is of the type ${name}, and declared ${column.type}; cast it in the statement`;
  if (kind === "timestamp" && (family === "clock" || family === "date") && column.zone === undefined)
    return `is of the type ${name}; declare its zone, or write at time zone 'UTC' in the statement`;
  return null;
}

/** What turns a value into the text that a file would hold for the column; null: the column is not declared. */
export function textReaderOf(oid: number, column: Column | null): ToText {
  const { toText, family } = sqlType(oid);
  if (column?.type !== "date" || (family !== "time" && family !== "clock")) return toText;
  // As Parquet's dates are read that pandas wrote: a time at midnight is its day.
  return (text) => toText(text).replace(/^(\d{4}-\d\d-\d\d)T00:00:00Z?$/, "$1");
}
