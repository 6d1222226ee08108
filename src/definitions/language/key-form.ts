import { namedProblem, textProblem } from "../../values/text.js";
import type { Entity } from "./entity.js";
import { type KeyType, keyColumnsOf, type NamedKeyColumn } from "./key.js";

/**
 * Inside asof a key is one text, the same wherever it comes from: whole numbers without leading zeros, UUIDs in lower
 * case, of several columns their percent-encoded texts joined by ":". A key of one text is that text. This module alone says
 * how a value is brought to it and back.
 */

/** Of a text in a key, as of every name. */
const MAX_CHARACTERS = 200;
/** Of a key of several columns: an index of PostgreSQL holds no more than 2 704 bytes. */
const MAX_JOINED = 1000;

/** Why a value cannot be that of a column. */
export interface KeyProblem {
  readonly column: NamedKeyColumn;
  readonly problem: string;
}
export type KeyText = string | KeyProblem;
export const isKeyProblem = (found: KeyText): found is KeyProblem => typeof found !== "string";

/** What a value in JSON is: an int a number, everything else a text. */
export type KeyValue = string | number;

const WHOLE = /^[+-]?\d{1,60}(\.0{1,20})?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const RANGES: Record<"int" | "bigint", readonly [bigint, bigint]> = {
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};
const RANGE_IN_WORDS = (type: "int" | "bigint") => `a whole number from ${RANGES[type].join(" to ")}`;

/** What a value of the type is, in words that follow "must be". */
export const KEY_TYPE_IN_WORDS: Record<KeyType, string> = {
  string: `text in UTF-8 of at most ${MAX_CHARACTERS} characters, without NUL`,
  int: RANGE_IN_WORDS("int"),
  bigint: RANGE_IN_WORDS("bigint"),
  uuid: "a UUID such as 3f2b8c1e-9d54-4c7a-8f10-2b6e5a7c9d01",
};

/** @returns the value's text, or null: it is none of the type */
type ReadValue = (given: unknown) => string | null;

const whole = (type: "int" | "bigint"): ReadValue => {
  const [least, most] = RANGES[type];
  return (given) => {
    // A number beyond 2^53 has lost digits before it came here.
    const isWhole = typeof given === "number" ? Number.isSafeInteger(given) : WHOLE.test(textOf(given));
    if (!isWhole) return null;
    const value = BigInt(textOf(given).replace(/^\+|\..*$/g, ""));
    return value >= least && value <= most ? value.toString() : null;
  };
};

const READERS: Record<Exclude<KeyType, "string">, ReadValue> = {
  int: whole("int"),
  bigint: whole("bigint"),
  uuid: (given) => {
    const text = typeof given === "string" ? given.toLowerCase() : "";
    return UUID.test(text) ? text : null;
  },
};

const textOf = (given: unknown): string =>
  typeof given === "string"
    ? given
    : typeof given === "number" || typeof given === "bigint"
      ? `${given}`
      : "";

/** The text of one column's value, or why it has none. */
export function keyPart(column: NamedKeyColumn, given: unknown): KeyText {
  const { type } = column;
  if (type === "string") {
    if (typeof given !== "string") return { column, problem: `it is a text; got ${shown(given)}` };
    const problem = namedProblem(given, MAX_CHARACTERS);
    return problem === null ? given : { column, problem };
  }
  if (given === "") return { column, problem: "it is empty" };
  const text = READERS[type](given);
  if (text !== null) return text;
  const lost = type === "bigint" && typeof given === "number" && Number.isInteger(given);
  const remedy = lost ? "; a number this large loses digits in JSON, write it as a text" : "";
  return { column, problem: `it must be ${KEY_TYPE_IN_WORDS[type]} (${type}); got ${shown(given)}${remedy}` };
}

/** The key of the values of its columns, in their order, or what is wrong with the first that cannot be used. */
export function keyOfParts(entity: Entity, given: readonly unknown[]): KeyText {
  const columns = keyColumnsOf(entity);
  if (columns.length === 1) return keyPart(columns[0]!, given[0]);
  const texts: string[] = [];
  for (const [place, column] of columns.entries()) {
    const text = keyPart(column, given[place]);
    if (isKeyProblem(text)) return text;
    texts.push(text);
  }
  const joined = texts.map(encodeURIComponent).join(":");
  if (joined.length <= MAX_JOINED) return joined;
  const longest = texts.reduce((most, text, place) => (text.length > texts[most]!.length ? place : most), 0);
  return {
    column: columns[longest]!,
    problem: `the key has ${joined.length} characters, percent-encoded; at most ${MAX_JOINED} are accepted`,
  };
}

/** What reports call a row by: its key, or the texts that are none as they were delivered. Null: it has none. */
export function deliveredKey(entity: Entity, delivered: readonly (string | undefined)[]): string | null {
  if (delivered.length === 1) return delivered[0] ?? null;
  const texts = delivered.map((text) => text ?? "");
  const key = keyOfParts(entity, texts);
  if (!isKeyProblem(key)) return key;
  return texts.every((text) => text === "") ? null : texts.map(encodeText).join(":");
}

/** Also of a text with half of a surrogate pair. */
const encodeText = (text: string): string =>
  encodeURIComponent(textProblem(text) === null ? text : Buffer.from(text).toString());

/** The texts of a key's columns, in their order. */
export function partsOfKey(entity: Entity, key: string): string[] {
  if (keyColumnsOf(entity).length === 1) return [key];
  return key.split(":").map(decodeURIComponent);
}

/**
 * The texts of the columns in a text that people and addresses write: of one column the text itself, of several each
 * percent-encoded, joined by ":".
 * @returns null: it has another number of parts, or one cannot be decoded
 */
export function partsOfText(entity: Entity, text: string): string[] | null {
  const { length } = keyColumnsOf(entity);
  if (length === 1) return [text];
  const parts = text.split(":");
  if (parts.length !== length) return null;
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return null;
  }
}

/** Whether the text is a key as asof keeps it. */
export function isKeptKey(entity: Entity, text: string): boolean {
  const parts = partsOfText(entity, text);
  return parts !== null && keyOfParts(entity, parts) === text;
}

/** The key's columns with their values, as JSON has them. */
export function keyObject(entity: Entity, key: string): Readonly<Record<string, KeyValue>> {
  const columns = keyColumnsOf(entity);
  if (columns.length === 1) return { [columns[0]!.column]: inJson(columns[0]!, key) };
  const parts = partsOfKey(entity, key);
  return Object.fromEntries(columns.map((column, place) => [column.column, inJson(column, parts[place]!)]));
}

/** The same where JSON names the key once: of one column its value. */
export function keyInJson(entity: Entity, key: string): KeyValue | Readonly<Record<string, KeyValue>> {
  const columns = keyColumnsOf(entity);
  return columns.length === 1 ? inJson(columns[0]!, key) : keyObject(entity, key);
}

const inJson = ({ type }: NamedKeyColumn, text: string): KeyValue => (type === "int" ? Number(text) : text);

const shown = (given: unknown): string => (JSON.stringify(given) ?? String(given)).slice(0, 100);
