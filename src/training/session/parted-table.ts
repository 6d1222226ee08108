import { sharedArray } from "../threads/shared.js";

/** Arrays of numbers that a table for training has. */
const TYPES = { Uint8Array, Uint16Array, Uint32Array, Int32Array, Float32Array, Float64Array };
type TypeName = keyof typeof TYPES;
type Numbers = InstanceType<(typeof TYPES)[TypeName]>;

/** Where an array of numbers has its place. */
interface ArrayPlace {
  arrayPlace: number;
}

/** A table without its arrays of numbers, which are in shared memory and cannot be sent to another process. */
export interface PartedTable {
  rest: unknown;
  arrays: { type: TypeName; length: number }[];
}

const isNumbers = (value: unknown): value is Numbers =>
  ArrayBuffer.isView(value) && value.constructor.name in TYPES;

/** Its arrays apart, in the order of their places. */
export function partTable(table: object): PartedTable & { numbers: Numbers[] } {
  const numbers: Numbers[] = [];
  const hollow = (value: unknown): unknown => {
    if (isNumbers(value)) return { arrayPlace: numbers.push(value) - 1 } satisfies ArrayPlace;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return typeof value[0] === "object" ? value.map(hollow) : value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, hollow(each)]));
  };
  const rest = hollow(table);
  const arrays = numbers.map((each) => ({
    type: each.constructor.name as TypeName,
    length: each.length,
  }));
  return { rest, arrays, numbers };
}

/** Arrays of zeros in shared memory, for what comes. */
export const emptyArrays = ({ arrays }: PartedTable): Numbers[] =>
  arrays.map(({ type, length }) => sharedArray<Numbers>(TYPES[type], length));

/** The table with these arrays in their places. */
export function joinTable(rest: unknown, numbers: readonly Numbers[]): unknown {
  if (typeof rest !== "object" || rest === null) return rest;
  if (Array.isArray(rest))
    return typeof rest[0] === "object" ? rest.map((each) => joinTable(each, numbers)) : rest;
  if ("arrayPlace" in rest) return numbers[(rest as ArrayPlace).arrayPlace];
  return Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, joinTable(each, numbers)]));
}

export const memoryOf = ({ buffer, byteOffset, byteLength }: Numbers): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
