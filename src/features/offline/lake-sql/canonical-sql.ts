import type { ColumnType } from "../../../definitions/language/column.js";
import { itemOf, type SqlDialect } from "./dialect.js";

/** The bytes that are hashed of one kind of value: PostgreSQL's type codes, and how a value becomes bytes (as hex). */
interface Canonical {
  code: number;
  /** Of an array of it. */
  arrayCode: number;
  hex(dialect: SqlDialect, value: string): string;
}

const WHOLE: Canonical = { code: 20, arrayCode: 1016, hex: (d, value) => d.int8Hex(value) };
const TEXT: Canonical = { code: 25, arrayCode: 1009, hex: (d, value) => d.textHex(value) };
/** Whole numbers of 4 bytes: days, and the places of pushes. */
export const INT4: Canonical = { code: 23, arrayCode: 1007, hex: (d, value) => d.int4Hex(value) };

const KINDS: Readonly<Record<string, Canonical>> = {
  ...{ int: WHOLE, bigint: WHOLE, string: TEXT },
  // -0 equals 0, and is hashed as it is.
  float: { code: 701, arrayCode: 1022, hex: (d, value) => d.float8Hex(`(${value} + cast(0 as double))`) },
  bool: { code: 16, arrayCode: 1000, hex: (d, value) => d.boolHex(value) },
  date: { ...INT4, hex: (d, value) => d.int4Hex(d.daysSince1970(value)) },
  timestamp: { ...WHOLE, hex: (d, value) => d.int8Hex(d.microsSince1970(value)) },
};

function canonicalOf(type: ColumnType): Canonical {
  const [, scale] = /^decimal\(\d+,(\d+)\)$/.exec(type) ?? [];
  if (scale === undefined) return KINDS[type]!;
  // Without zeros at its end.
  const trimmed = (d: SqlDialect, text: string) =>
    scale === "0" ? text : d.trimEnd(d.trimEnd(text, "0"), ".");
  return { ...TEXT, hex: (d, value) => d.textHex(trimmed(d, d.decimalText(value))) };
}

/** SQL of one value as it is hashed (docs/point-in-time.md, second edition): its code, its length, its bytes. */
export function canonicalHex(dialect: SqlDialect, type: ColumnType, value: string): string {
  const item = itemOf(type);
  if (item === null) {
    const { code, hex } = canonicalOf(type);
    return valueHex(dialect, code, value, hex(dialect, value));
  }
  const { code, arrayCode, hex } = canonicalOf(item);
  const items = dialect.mapped(value, (each) => framed(dialect, hex(dialect, each)));
  const length = dialect.listLength(value);
  const filled = `concat('${int4(1)}${int4(0)}${int4(code)}', ${dialect.int4Hex(length)}, '${int4(1)}', ${dialect.joined(items)})`;
  const bytes = `case when ${length} = 0 then '${int4(0)}${int4(0)}${int4(code)}' else ${filled} end`;
  return valueHex(dialect, arrayCode, value, bytes);
}

/** SQL of a value that is given as hex already. */
export const valueHex = (dialect: SqlDialect, code: number, value: string, hex: string): string =>
  `concat('${int4(code)}', case when ${value} is null then 'FFFFFFFF' else ${framed(dialect, hex)} end)`;

/** SQL of all of a row's values as they are hashed. */
export const rowHex = (values: readonly string[]): string =>
  `concat('${int4(values.length)}', ${values.join(", ")})`;

const framed = (dialect: SqlDialect, hex: string): string =>
  `concat(${dialect.int4Hex(`length(${hex}) / 2`)}, ${hex})`;

const int4 = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");
