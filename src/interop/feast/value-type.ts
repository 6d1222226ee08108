import type { ColumnType, ColumnValue } from "../../definitions/language/column.js";

/** By asof's name without its parameters: Feast's `ValueType`, of one value and of a list of them. */
const VALUE_TYPES: Readonly<Record<string, { readonly one: number; readonly list: number | null }>> = {
  string: { one: 2, list: 12 },
  int: { one: 4, list: 14 },
  bigint: { one: 4, list: 14 },
  float: { one: 5, list: 15 },
  bool: { one: 7, list: 17 },
  decimal: { one: 44, list: 45 },
  timestamp: { one: 8, list: 18 },
  date: { one: 2, list: 12 },
};

/** The type's name without its parameters, and whether it is of several values. */
function partsOf(type: ColumnType): { name: string; isList: boolean } {
  const [, outer = "", inner = ""] = /^(\w+)(?:\((\w*))?/.exec(type) ?? [];
  if (outer === "vector") return { name: "float", isList: true };
  return outer === "list" ? { name: inner, isList: true } : { name: outer, isList: false };
}

/** Feast's number of the type. */
export function feastValueType(type: ColumnType): number {
  const { name, isList } = partsOf(type);
  const { one, list } = VALUE_TYPES[name]!;
  return isList ? list! : one;
}

/**
 * A value as JSON text. A float that is whole is written 20.0, since the SDK takes the type of a column from its numbers; a
 * bigint is a number with all its digits, as Python reads it.
 */
export function feastValue(value: ColumnValue, type: ColumnType): string {
  const { name } = partsOf(type);
  const one = (each: unknown): string => {
    if (name === "bigint" && typeof each === "string") return each;
    if (name !== "float" || typeof each !== "number") return JSON.stringify(each);
    const text = Object.is(each, -0) ? "-0" : JSON.stringify(each);
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  };
  return Array.isArray(value) ? `[${value.map(one).join(",")}]` : one(value);
}
