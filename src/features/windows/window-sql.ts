import { literal, quote } from "../../db/pool.js";
import { eventTableName } from "../../db/tables/derived.js";
import { factsOf } from "../../definitions/language/column-types/registry.js";
import type { Source } from "../../definitions/language/deployment.js";
import { longestReach } from "../../definitions/language/windows/reaches.js";
import type { Condition, WindowFeature } from "../../definitions/language/windows/window.js";
import type { ComputedSource } from "../../definitions/language/windows/window-columns.js";

/** What is asked of the history of one window view. */
export interface WindowQuery {
  view: ComputedSource;
  /** The entity's key column. */
  key: string;
  asOf: string;
  /** SQL of a relation with one column, the key: the entities that have rows. */
  entities: string;
  /** Of these alone, keys from the first to before the second; null: to the last. Absent: all. */
  among?: readonly [from: string, before: string | null];
}

/**
 * SQL: the key and the features of every entity, in key order, by what is known now. The windows are whole days of UTC that end
 * with the date, so that a date a row is all that is compared.
 */
export function windowRowsSql({ view, key, asOf, entities, among }: WindowQuery): string {
  const { source, windows } = view.computedFrom;
  const features = Object.entries(windows);
  const day = `date ${literal(asOf)}`;
  const computed = features.map(([, window], place) => `${aggregate(source, window, day)} as w${place}`);
  const values = features.map(([name, window], place) => {
    const type = factsOf(view.columns[name]!.type).sql;
    const value = EMPTY_IS_ZERO.includes(window.kind) ? `coalesce(w.w${place}, 0)` : `w.w${place}`;
    return `${value}::${type} as ${quote(name)}`;
  });
  const k = quote(key);
  const isAmong = (alias: string) => {
    if (!among) return "true";
    const [from, before] = among;
    const end = before === null ? "" : ` and ${alias}.${k} < ${literal(before)}`;
    return `${alias}.${k} >= ${literal(from)}${end}`;
  };
  return `
    select e.${k}, ${values.join(", ")}
    from ${entities} e left join (
      select h.${k}, ${computed.join(", ")}
      from ${quote(eventTableName(source))} h
      where ${withinReach(features, day)} and ${isKnown(source)} and ${isAmong("h")}
      group by h.${k}
    ) w on w.${k} = e.${k}
    where ${isAmong("e")}
    order by e.${k}`;
}

const EMPTY_IS_ZERO: readonly WindowFeature["kind"][] = ["sum", "count", "distinct"];

/** SQL condition on a row `h` of a history: known now, and not removed. */
export function isKnown({ deleted }: Pick<Source, "deleted">): string {
  return `h.asof_ended_by is null${deleted === undefined ? "" : ` and h.${quote(deleted)} is not true`}`;
}

/** Partitions that no window reaches are not read. */
function withinReach(features: readonly [string, WindowFeature][], day: string): string {
  const until = `h.asof_event_date <= ${day}`;
  const reach = longestReach(features.map(([, window]) => window));
  return reach === null ? until : `${until} and h.asof_event_date > ${day} - ${reach}`;
}

function aggregate(source: Source, window: WindowFeature, day: string): string {
  const { kind, of, days, where } = window;
  const conditions = [
    ...(days === null ? [] : [`h.asof_event_date > ${day} - ${Number(days)}`]),
    ...Object.entries(where).map(([column, condition]) => conditionSql(source, column, condition)),
  ];
  const filtered = (call: string, ...more: string[]) => {
    const all = [...conditions, ...more];
    return all.length === 0 ? call : `${call} filter (where ${all.join(" and ")})`;
  };
  if (of === null) return filtered("count(*)");
  const column = source.columns[of]!;
  const value = `h.${quote(of)}`;
  const ordered = `${value} order by ${inOrderOf(source)}`;
  const isFloat = column.type === "float";
  // Texts are ordered by their bytes, whatever the database's locale.
  const compared = column.type === "string" ? `${value} collate "C"` : value;
  switch (kind) {
    case "count":
      return filtered("count(*)");
    case "sum":
      return filtered(`sum(${isFloat ? ordered : value})`);
    case "mean":
      return filtered(`avg(${isFloat ? ordered : value})`);
    case "stddev":
      return filtered(`stddev_samp(${isFloat ? ordered : value})`);
    case "min":
    case "max":
      return filtered(`${kind}(${compared})`);
    case "distinct":
      return filtered(`count(distinct ${value})`);
    case "first":
    case "last":
      return atEnd(kind, filtered(`array_agg(${ordered})`, `${value} is not null`));
    case "daysSince":
      return `${day} - (${sinceOf(window, filtered, value, ordered)})::date`;
  }
}

function sinceOf(
  { value: which = "max" }: WindowFeature,
  filtered: (call: string, ...more: string[]) => string,
  value: string,
  ordered: string,
): string {
  if (which === "min" || which === "max") return filtered(`${which}(${value})`);
  return atEnd(which, filtered(`array_agg(${ordered})`, `${value} is not null`));
}

/** One order for both ends, so that the rows are sorted once. The array is aggregated once, too. */
const atEnd = (end: "first" | "last", array: string): string =>
  end === "first" ? `(${array})[1]` : `(${array})[cardinality(${array})]`;

/** SQL of what events are ordered by: their time, then what tells them apart. Texts by their bytes. */
export function orderOfEvents({ eventTime, eventKey, columns }: Source): string[] {
  const keys = eventKey ?? ["asof_row", "asof_occurrence"];
  const ordered = keys.map((name) => {
    const isText = columns[name] ? columns[name].type === "string" : eventKey !== undefined;
    return `${quote(name)}${isText ? ' collate "C"' : ""}`;
  });
  return [quote(eventTime!), ...ordered];
}

const inOrderOf = (source: Source): string =>
  orderOfEvents(source)
    .map((part) => `h.${part}`)
    .join(", ");

function conditionSql(source: Source, name: string, condition: Condition): string {
  const column = source.columns[name]!;
  const type = factsOf(column.type).sql;
  const compared = `h.${quote(name)}`;
  const inOrder = column.type === "string" ? `${compared} collate "C"` : compared;
  const { bound } = factsOf(column.type);
  // As it is compared in a delivery, an instant in UTC for one.
  const sqlOf = (value: unknown) => `${literal(String(bound?.(value as number | string) ?? value))}::${type}`;
  if (typeof condition !== "object") return `${compared} = ${sqlOf(condition)}`;
  const tests: Record<keyof typeof condition, (value: unknown) => string> = {
    oneOf: (values) => `${compared} in (${(values as unknown[]).map(sqlOf).join(", ")})`,
    not: (value) => `${compared} <> ${sqlOf(value)}`,
    above: (value) => `${inOrder} > ${sqlOf(value)}`,
    atLeast: (value) => `${inOrder} >= ${sqlOf(value)}`,
    below: (value) => `${inOrder} < ${sqlOf(value)}`,
    atMost: (value) => `${inOrder} <= ${sqlOf(value)}`,
  };
  const given = Object.entries(condition) as [keyof typeof condition, unknown][];
  return `(${given.map(([test, value]) => tests[test](value)).join(" and ")})`;
}
