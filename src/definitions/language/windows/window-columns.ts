import type { Column, ColumnType } from "../column.js";
import type { Refuse } from "../contradictions.js";
import type { Computed, Source } from "../source.js";
import type { Condition, Where, WindowFeature } from "./window.js";

/** A source whose rows no file delivers: they are computed. */
export interface ComputedSource extends Source {
  readonly computedFrom: Computed;
}

/** The rows of a window view, as a source of its own: snapshotted, hashed and read as those of files are. */
export function computedSource(view: string, version: number, { source, windows }: Computed): ComputedSource {
  const columns = Object.entries(windows).map(([name, window]) => [name, windowColumn(source, window)]);
  return {
    name: view,
    ...(source.of ? { of: source.of } : {}),
    version,
    columns: Object.fromEntries(columns),
    retired: {},
    renamed: {},
    computedFrom: { source, windows },
  };
}

/** What a window feature's values are. */
function windowColumn(source: Source, window: WindowFeature): Column {
  const of = window.of === null ? undefined : source.columns[window.of];
  return {
    type: windowType(window, of?.type ?? "int"),
    required: false,
    description: window.description ?? windowInWords(source, window),
    ...(readsPersonal(source, window) && { personal: true }),
  };
}

/** What is computed of a personal column, or of events chosen by one, says something of it. */
const readsPersonal = ({ columns }: Source, { of, where }: WindowFeature): boolean =>
  [...(of === null ? [] : [of]), ...Object.keys(where)].some((name) => columns[name]?.personal);

function windowType({ kind }: WindowFeature, of: ColumnType): ColumnType {
  switch (kind) {
    case "count":
    case "distinct":
    case "daysSince":
      return "int";
    case "mean":
    case "stddev":
      return "float";
    case "sum":
      return summedType(of);
    case "min":
    case "max":
    case "first":
    case "last":
      return of;
  }
}

/** Wide enough for the sum of as many values as a table can hold. */
function summedType(of: ColumnType): ColumnType {
  if (of === "int") return "bigint";
  if (of === "bigint") return "decimal(38,0)";
  const scale = /^decimal\(\d+,(\d+)\)$/.exec(of)?.[1];
  return scale === undefined ? "float" : `decimal(38,${Number(scale)})`;
}

/** `Sum of dollars over 90 days, of orders where paid is true.` */
export function windowInWords({ name }: Source, { kind, of, value, days, where }: WindowFeature): string {
  const what: Record<WindowFeature["kind"], string> = {
    sum: `Sum of ${of}`,
    count: "Number of events",
    mean: `Mean of ${of}`,
    min: `Least ${of}`,
    max: `Greatest ${of}`,
    stddev: `Standard deviation of ${of}`,
    distinct: `Number of different values of ${of}`,
    first: `First ${of}`,
    last: `Last ${of}`,
    daysSince: `Days since the ${value} of ${of}`,
  };
  const over = days === null ? "over all time" : `over ${days} day${days === 1 ? "" : "s"}`;
  const conditions = Object.entries(where).map(([column, condition]) => conditionInWords(column, condition));
  return `${what[kind]} ${over}, of ${name}${conditions.length > 0 ? ` where ${conditions.join(" and ")}` : ""}.`;
}

/**
 * All that a window feature of a source is computed by, as a text: equal texts, equal values of the same events. Null where the
 * feature is none: it is what was delivered.
 */
export function windowMeaning(
  { computedFrom }: Pick<Source, "computedFrom">,
  feature: string,
): string | null {
  const window = computedFrom?.windows[feature];
  if (!computedFrom || !window) return null;
  const { name, eventTime, deleted } = computedFrom.source;
  const { kind, of, value, days, where } = window;
  const conditions = Object.entries(where)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([column, condition]) => `${column} ${JSON.stringify(condition)}`);
  return [
    `${kind}${value ? ` ${value}` : ""}${of === null ? "" : ` of ${of}`}`,
    days === null ? "over all time" : `over ${days} days`,
    `of ${name} by ${eventTime}`,
    ...(deleted === undefined ? [] : [`without ${deleted}`]),
    ...(conditions.length === 0 ? [] : [`where ${conditions.join(" and ")}`]),
  ].join(" ");
}

function conditionInWords(column: string, condition: Condition): string {
  if (typeof condition !== "object") return `${column} is ${condition}`;
  const parts: Record<keyof typeof condition, string> = {
    oneOf: `is one of ${condition.oneOf?.join(", ")}`,
    not: `is not ${condition.not}`,
    above: `is above ${condition.above}`,
    atLeast: `is at least ${condition.atLeast}`,
    below: `is below ${condition.below}`,
    atMost: `is at most ${condition.atMost}`,
  };
  const given = Object.keys(condition) as (keyof typeof condition)[];
  return `${column} ${given.map((test) => parts[test]).join(" and ")}`;
}

const isNumeric = (type: ColumnType): boolean =>
  ["int", "bigint", "float"].includes(type) || type.startsWith("decimal(");
const isTime = (type: ColumnType): boolean => type === "date" || type === "timestamp";
/** Windows reach back no further than dates do. */
const MOST_DAYS = 3_650_000;

/** What of each kind's column must hold, in words. */
const TAKES: Record<WindowFeature["kind"], { of: (type: ColumnType) => boolean; words: string } | null> = {
  count: null,
  sum: { of: isNumeric, words: "a number can be summed" },
  mean: { of: isNumeric, words: "a number has a mean" },
  stddev: { of: isNumeric, words: "a number has a standard deviation" },
  min: {
    of: (type) => isNumeric(type) || isTime(type) || type === "string",
    words: "a number, a text or a time has a least value",
  },
  max: {
    of: (type) => isNumeric(type) || isTime(type) || type === "string",
    words: "a number, a text or a time has a greatest value",
  },
  daysSince: { of: isTime, words: "days are counted since a date or timestamp" },
  distinct: { of: () => true, words: "" },
  first: { of: () => true, words: "" },
  last: { of: () => true, words: "" },
};

/** What the compiler knows already, of definitions that it did not read. */
export function checkWindows({ source, windows }: Computed, refuse: Refuse): void {
  if (source.eventTime === undefined) {
    refuse(
      `its features are windows, and source ${source.name} has no order in time; declare eventTime: "…" there, or name columns: features: ["…"]`,
    );
    return;
  }
  for (const [name, window] of Object.entries(windows)) {
    const refuseFeature: Refuse = (problem) => refuse(`feature ${name}: ${problem}`);
    const { kind, of, days, where } = window;
    if (days !== null && !(Number.isInteger(days) && days >= 1 && days <= MOST_DAYS))
      refuseFeature(
        `days(${days}) is a window over nothing; name a whole number of days, 1 to ${MOST_DAYS}, or none for all time`,
      );
    const takes = TAKES[kind];
    if (of !== null) {
      if (!Object.hasOwn(source.columns, of)) refuseFeature(`source ${source.name} has no column ${of}`);
      else if (takes && !takes.of(source.columns[of]!.type))
        refuseFeature(`${kind} of ${of}, a ${source.columns[of]!.type}: only ${takes.words}`);
    }
    checkWhere(source, where, refuseFeature);
  }
}

function checkWhere(source: Source, where: Where, refuse: Refuse): void {
  for (const [column, condition] of Object.entries(where)) {
    const declared = Object.hasOwn(source.columns, column) ? source.columns[column] : undefined;
    if (!declared) {
      refuse(`where: source ${source.name} has no column ${column}`);
      continue;
    }
    const tests = typeof condition === "object" && condition !== null ? condition : { oneOf: [condition] };
    if (Object.keys(tests).length === 0) refuse(`where: ${column}: it says no condition`);
    if (tests.oneOf?.length === 0) refuse(`where: ${column}: oneOf allows no value, a window over nothing`);
    for (const [test, given] of Object.entries(tests)) {
      if (!["oneOf", "not", "above", "atLeast", "below", "atMost"].includes(test)) {
        refuse(`where: ${column}: ${test} is no condition; take oneOf, not, above, atLeast, below or atMost`);
        continue;
      }
      for (const value of Array.isArray(given) ? given : [given]) checkValue(column, declared, value, refuse);
    }
    const { above, atLeast, below, atMost } = tests;
    const [least, most] = [above ?? atLeast, below ?? atMost];
    if (typeof least === "number" && typeof most === "number" && least > most)
      refuse(`where: ${column}: nothing is from ${least} to ${most}, a window over nothing`);
  }
}

function checkValue(column: string, { type, oneOf }: Column, value: unknown, refuse: Refuse): void {
  const shown = JSON.stringify(value);
  const fits =
    type === "bool"
      ? typeof value === "boolean"
      : type === "int" || type === "float"
        ? typeof value === "number" && Number.isFinite(value) && (type === "float" || Number.isInteger(value))
        : typeof value === "string" || (isNumeric(type) && Number.isFinite(value));
  if (!fits) refuse(`where: ${column}: ${shown} is no ${type}`);
  else if (oneOf && !oneOf.includes(String(value)))
    refuse(`where: ${column}: ${shown} is none of its values: ${oneOf.join(", ")}`);
}
