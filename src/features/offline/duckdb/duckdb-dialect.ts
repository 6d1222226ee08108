import { literal, quote } from "../../../db/pool.js";
import type { SqlDialect } from "../lake-sql/dialect.js";

const TYPES = {
  ...{ int: "INTEGER", bigint: "BIGINT", float: "DOUBLE", bool: "BOOLEAN", date: "DATE", string: "VARCHAR" },
} as const;
/** A value's bits as bytes, the highest first. */
const bits = (value: string, type: string): string => `hex(cast(cast(${value} as ${type}) as bit)::blob)`;

export const duckDbDialect: SqlDialect = {
  quote,
  files: (paths) => `read_parquet([${paths.map(literal).join(", ")}])`,
  sqlType: (wire) => TYPES[wire],
  listType: (item) => `${item}[]`,
  text: (value) => `cast(${value} as varchar)`,
  // Without a digit before the point there is none in its text.
  decimalText: (value) => `regexp_replace(cast(${value} as varchar), '^(-?)\\.', '\\10.')`,
  trimEnd: (text, character) => `rtrim(${text}, ${literal(character)})`,
  instantText: (value) => `strftime(make_timestamp(epoch_us(${value})), '%Y-%m-%dT%H:%M:%S.%fZ')`,
  mapped: (list, each) => `list_transform(${list}, lambda x: ${each("x")})`,
  joined: (list) => `array_to_string(${list}, '')`,
  listLength: (list) => `len(${list})`,
  int4Hex: (value) => bits(value, "integer"),
  int8Hex: (value) => bits(value, "bigint"),
  float8Hex: (value) => bits(value, "double"),
  textHex: (value) => `hex(encode(${value}))`,
  boolHex: (value) => `case when ${value} then '01' else '00' end`,
  daysSince1970: (date) => `(${date} - date '1970-01-01')`,
  microsSince1970: (timestamp) => `epoch_us(${timestamp})`,
  sha256: (hex) => `sha256(unhex(${hex}))`,
  concatenated: (text) => `string_agg(${text}, '' order by ${text})`,
  asOfJoin: (asked, rows, columns) =>
    `select a.ordinal, r.as_of${columns.map((column) => `, r.${column}`).join("")}
     from ${asked} a asof join ${rows} r on a.epoch = r.epoch and a.k = r.k and a.as_of >= r.as_of`,
};
