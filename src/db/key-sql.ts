import type { Entity } from "../definitions/language/deployment.js";
import { keyColumnsOf } from "../definitions/language/key.js";

/**
 * SQL: what keys are ordered by, column by column: numbers by their value, texts by their bytes.
 * @param key SQL of a key as asof keeps it, `collate "C"`
 */
export function keyOrder(entity: Entity, key: string): string[] {
  const columns = keyColumnsOf(entity);
  return columns.map(({ type }, place) => {
    const text = partSql(columns.length, key, place);
    return type === "int" || type === "bigint" ? `(${text})::bigint` : text;
  });
}

/** Whether the order is another than that of the text, which every table has an index of. */
export const hasKeyOrder = (entity: Entity): boolean => {
  const [only, ...others] = keyColumnsOf(entity);
  return others.length > 0 || only!.type === "int" || only!.type === "bigint";
};

/** SQL: the values of a key's columns, each of its type. @param key SQL of a key as asof keeps it */
export function keyValues(entity: Entity, key: string): string[] {
  const columns = keyColumnsOf(entity);
  return columns.map(({ type }, place) => {
    if (type === "int") return `(${partSql(columns.length, key, place)})::integer`;
    if (type === "bigint") return `(${partSql(columns.length, key, place)})::bigint`;
    return columns.length === 1 ? key : decoded(partSql(columns.length, key, place));
  });
}

const partSql = (count: number, key: string, place: number): string =>
  count === 1 ? key : `split_part(${key}, ':', ${place + 1})`;

/** SQL of a percent-encoded text as it was. Most have nothing to decode. */
const decoded = (text: string): string => `(case when position('%' in ${text}) = 0 then ${text} else (
  select convert_from(string_agg(
      case when starts_with(piece[1], '%') then decode(substr(piece[1], 2), 'hex') else convert_to(piece[1], 'UTF8') end,
      ''::bytea order by nth), 'UTF8')
  from regexp_matches(${text}, '%[0-9A-F]{2}|[^%]+', 'g') with ordinality found(piece, nth)) end)`;
