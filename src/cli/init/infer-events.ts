import { factsOf } from "../../definitions/language/column-types/registry.js";
import { CommandError } from "../errors.js";
import type { InferredColumn } from "./infer-column.js";
import { type InferredSource, type Keys, keysOf } from "./infer-source.js";

/** What a file with many rows for a key is taken for. */
export interface InferredEvents {
  /** The column of their time. */
  readonly time: string;
  /** The columns by which one is known again; null: each delivery has them all. */
  readonly eventKey: readonly string[] | null;
}

/** A feature of a window, as a module of definitions says it. */
export interface WindowText {
  readonly name: string;
  /** The functions that it calls. */
  readonly calls: readonly string[];
  readonly text: string;
}

const DAYS = 90;
const MOST_CHARACTERS = 41;

/** The columns that may say when something was, instants before days. */
export function timesOf({ columns }: InferredSource): string[] {
  const full = [...columns].filter(([, { missing }]) => missing === 0);
  const ofType = (wanted: string) => full.filter(([, { type }]) => type === wanted).map(([name]) => name);
  return [...ofType("timestamp"), ...ofType("date")];
}

/** @throws {CommandError} no column says when they were */
export async function inferEvents(
  source: InferredSource,
  key: string,
  { repeated }: Keys,
  note: (what: string) => void,
): Promise<InferredEvents> {
  const [time, ...others] = timesOf(source);
  if (time === undefined)
    throw new CommandError(
      `${repeated}; many rows for a key are events where a column says when each was, and there is none: aggregate the file first, or name another --key`,
    );
  const eventKey = await eventKeyOf(source, key, time);
  const known = eventKey
    ? `one that is delivered again is known by ${eventKey.join(" and ")}`
    : "nothing tells them apart, so each delivery is taken to hold them all";
  const or = others.length > 0 ? ` (and not at ${others.join(" or ")})` : "";
  note(
    `has many rows for a ${key}, and was taken for events at ${time}${or}; ${known}; its windows of ${DAYS} days are a beginning`,
  );
  return { time, eventKey };
}

/** A column of its own that tells them apart, or the key and the time together. */
async function eventKeyOf(source: InferredSource, key: string, time: string): Promise<string[] | null> {
  for (const name of [...source.keys.filter((name) => name !== time).map((name) => [name]), [key, time]])
    if ((await keysOf(source, name)).repeated === null) return name;
  return null;
}

/** What is computed of events to begin with: how many there were, what their numbers come to, how long ago the last was. */
export function windowsOf(
  source: string,
  { time, eventKey }: InferredEvents,
  columns: readonly (Pick<InferredColumn, "type" | "oneOf"> & { name: string })[],
  taken: Set<string>,
): WindowText[] {
  const windows: WindowText[] = [];
  const add = (name: string, calls: readonly string[], text: string) => {
    let unique = name.slice(0, MOST_CHARACTERS);
    for (let n = 2; taken.has(unique); n++) unique = `${name.slice(0, MOST_CHARACTERS - 3)}_${n}`;
    taken.add(unique);
    windows.push({ name: unique, calls, text });
  };
  add(`${source}_${DAYS}d`, ["count", "days"], `count(days(${DAYS}))`);
  for (const { name, type, oneOf } of columns) {
    if (name === time || eventKey?.includes(name)) continue;
    const of = JSON.stringify(name);
    if (factsOf(type).profile === "numbers") {
      add(`${name}_sum_${DAYS}d`, ["sum", "days"], `sum(${of}, days(${DAYS}))`);
      add(`${name}_mean_${DAYS}d`, ["mean", "days"], `mean(${of}, days(${DAYS}))`);
    } else if (type === "bool")
      add(`${name}_${DAYS}d`, ["count", "days"], `count(days(${DAYS}), { where: { ${name}: true } })`);
    else if (oneOf) add(`last_${name}`, ["last"], `last(${of})`);
  }
  add(`days_since_${source}`, ["daysSince", "max"], `daysSince(max(${JSON.stringify(time)}))`);
  return windows;
}
