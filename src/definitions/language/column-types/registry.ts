import { bigintType } from "./bigint.js";
import { boolType } from "./bool.js";
import type { ColumnType, ColumnTypeFacts, ItemType } from "./column-type.js";
import { dateType } from "./date.js";
import { decimalType, MOST_DIGITS } from "./decimal.js";
import { floatType } from "./float.js";
import { intType } from "./int.js";
import { listType } from "./list.js";
import { stringType } from "./string.js";
import { timestampType } from "./timestamp.js";
import { MOST_NUMBERS, vectorType } from "./vector.js";

/** Types without parameters. */
const PLAIN = {
  ...{ int: intType, bigint: bigintType, float: floatType, bool: boolType },
  ...{ string: stringType, date: dateType, timestamp: timestampType },
} as const;
const ITEMS: readonly string[] = ["int", "bigint", "float", "bool", "string", "date"];

/** Types with parameters: null where these are none of theirs. */
const WITH_PARAMETERS: Readonly<Record<string, (parameters: string) => ColumnTypeFacts | null>> = {
  decimal: (parameters) => {
    const [precision, scale] = (/^(\d{1,2}),(\d{1,2})$/.exec(parameters) ?? []).slice(1).map(Number);
    const isOne =
      precision !== undefined && precision >= 1 && precision <= MOST_DIGITS && scale! <= precision;
    return isOne ? decimalType(precision, scale!) : null;
  },
  list: (parameters) => {
    const item = ITEMS.includes(parameters) || parameters.startsWith("decimal(") ? find(parameters) : null;
    return item && listType(parameters as ItemType, item);
  },
  vector: (parameters) => {
    const length = /^[1-9]\d{0,4}$/.test(parameters) ? Number(parameters) : MOST_NUMBERS + 1;
    return length <= MOST_NUMBERS ? vectorType(length) : null;
  },
};

/** Every kind of type, without parameters. */
export const columnKinds: readonly string[] = [...Object.keys(PLAIN), ...Object.keys(WITH_PARAMETERS)];

/** A type without its parameters. */
export const kindOf = (type: ColumnType): string => type.replace(/\(.*/, "");

const known = new Map<string, ColumnTypeFacts>(Object.entries(PLAIN));

function find(type: string): ColumnTypeFacts | null {
  const found = known.get(type);
  if (found) return found;
  const [, kind, parameters] = /^(\w+)\((.*)\)$/.exec(type) ?? [];
  const made = kind && Object.hasOwn(WITH_PARAMETERS, kind) ? WITH_PARAMETERS[kind]!(parameters!) : null;
  if (made) known.set(type, made);
  return made;
}

export const isColumnType = (type: unknown): type is ColumnType =>
  typeof type === "string" && find(type) !== null;

/** @throws {Error} there is no such type: its parameters are out of range */
export function factsOf(type: ColumnType): ColumnTypeFacts {
  const found = find(type);
  if (found) return found;
  throw new Error(`there is no column type ${type}; ${NO_SUCH_TYPE}`);
}

/** What the types with parameters take. */
export const NO_SUCH_TYPE = `decimal takes 1 to ${MOST_DIGITS} digits and at most as many after the point, vector 1 to ${MOST_NUMBERS} numbers, list another type that is neither list, vector nor timestamp`;
