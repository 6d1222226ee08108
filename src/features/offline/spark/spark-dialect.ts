import type { SqlDialect } from "../lake-sql/dialect.js";

const TYPES = {
  ...{ int: "int", bigint: "bigint", float: "double", bool: "boolean", date: "date", string: "string" },
} as const;
const long = (value: string): string => `lpad(hex(cast(${value} as bigint)), 16, '0')`;
const text = (value: string): string => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/**
 * Spark's SQL names no list of files: each one is given a name, under which the job opens it.
 * @param named collects the files by those names
 */
export function sparkDialect(named: Map<string, readonly string[]>): SqlDialect {
  return {
    quote: (name) => `\`${name.replaceAll("`", "``")}\``,
    files(paths) {
      const name = `files_${named.size}`;
      named.set(name, paths);
      return name;
    },
    sqlType: (wire) => TYPES[wire],
    listType: (item) => `array<${item}>`,
    text: (value) => `cast(${value} as string)`,
    decimalText: (value) => `cast(${value} as string)`,
    trimEnd: (value, character) => `rtrim(${text(character)}, ${value})`,
    instantText: (value) => `date_format(${value}, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")`,
    mapped: (list, each) => `transform(${list}, x -> ${each("x")})`,
    joined: (list) => `array_join(${list}, '')`,
    listLength: (list) => `size(${list})`,
    // hex takes 8 bytes; the last four are the whole number's.
    int4Hex: (value) => `substring(${long(value)}, 9, 8)`,
    int8Hex: long,
    float8Hex: (value) => long(`reflect('java.lang.Double', 'doubleToLongBits', ${value})`),
    textHex: (value) => `hex(encode(${value}, 'UTF-8'))`,
    boolHex: (value) => `case when ${value} then '01' else '00' end`,
    daysSince1970: (date) => `unix_date(${date})`,
    microsSince1970: (timestamp) => `unix_micros(${timestamp})`,
    sha256: (hex) => `sha2(unhex(${hex}), 256)`,
    concatenated: (value) => `array_join(array_sort(collect_list(${value})), '')`,
    // ASOF JOIN is of 4.3, and off there unless a setting says otherwise; this is of every 4.
    asOfJoin: (asked, rows, columns) => {
      const taken = ["as_of", ...columns];
      return `select ordinal, ${taken.map((column) => `newest.${column} as ${column}`).join(", ")} from (
        select a.ordinal, max_by(struct(${taken.map((column) => `r.${column}`).join(", ")}), r.as_of) as newest
        from ${asked} a join ${rows} r on a.epoch = r.epoch and a.k = r.k and a.as_of >= r.as_of group by a.ordinal)`;
    },
  };
}
