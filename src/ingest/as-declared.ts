import type { Column } from "../definitions/language/column.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import { readInstant } from "../definitions/language/column-types/timestamp.js";
import type { Entity, Source } from "../definitions/language/deployment.js";
import { headerOf } from "../definitions/language/file-reading.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { clockOf } from "../values/local-time.js";
import type { AsDeclared } from "./formats/file-format.js";

/** How a source's files are to be read. */
export const asDeclared = (source: Source, entity: Entity): AsDeclared => ({
  delimiter: source.delimiter ?? ",",
  extraColumns: source.extraColumns ?? "refuse",
  columns: [...keyColumnsOf(entity).map(({ column }) => column), ...Object.keys(source.columns)].map(
    (column) => headerOf(source, column),
  ),
  instants: new Set(
    Object.entries(source.columns).flatMap(([name, { type }]) =>
      type === "timestamp" ? [headerOf(source, name)] : [],
    ),
  ),
});

/** What no column can hold: for a text that its file may not have, though asof's own could. */
const UNREADABLE = "\ufffd";
const DECIMAL_COMMA = /^[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d{1,4})?$/;

/**
 * Compiles what a source declares of its files' texts: turns those of a row into the ones that asof writes itself, which all
 * expectations judge. Null where it declares nothing. Reports and quarantine keep what was delivered.
 * @param at where the header has a column, or one of the key's
 * @param textOnly whether the format has nothing but text: in others a number has a point, and a boolean is one
 */
export function asOwnTexts(
  source: Source,
  entity: Entity,
  at: (column: string) => number,
  textOnly: boolean,
): ((fields: readonly string[]) => readonly string[]) | null {
  const empty = new Set(source.empty);
  const columns: [string, ((text: string) => string) | null][] = [
    ...keyColumnsOf(entity).map(({ column }): [string, null] => [column, null]),
    ...Object.entries(source.columns).map(([name, column]): [string, ((text: string) => string) | null] => [
      name,
      wordsOf(column, source, textOnly),
    ]),
  ];
  const turned = columns.filter(([, words]) => words !== null || empty.size > 0);
  if (turned.length === 0) return null;
  const places = turned.map(([name, words]) => ({ place: at(name), words }));
  return (fields) => {
    const own = [...fields];
    for (const { place, words } of places) {
      const text = fields[place]!;
      if (text === "") continue;
      own[place] = empty.has(text) ? "" : words ? words(text) : text;
    }
    return own;
  };
}

function wordsOf(
  { type, true: yes, false: no, zone }: Column,
  { decimal }: Source,
  textOnly: boolean,
): ((text: string) => string) | null {
  if (type === "bool" && yes && no) {
    const words = new Map([...yes.map((word) => [word, "True"]), ...no.map((word) => [word, "False"])] as [
      string,
      string,
    ][]);
    return (text) => words.get(text) ?? (textOnly ? UNREADABLE : text);
  }
  if (type === "timestamp") {
    const clock = zone === undefined ? null : clockOf(zone);
    return (text) => {
      const read = readInstant(text, clock);
      return "instant" in read ? read.instant : text;
    };
  }
  if (factsOf(type).decimalMark && decimal === ",") {
    return (text) => {
      if (DECIMAL_COMMA.test(text)) return text.replace(",", ".");
      return textOnly ? UNREADABLE : text;
    };
  }
  return null;
}
