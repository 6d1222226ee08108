import type { Column } from "../column.js";
import type { Refuse } from "../contradictions.js";

/** What makes a source a history of events: many rows an entity, each at its time. Absent: one row an entity, its state. */
export interface EventReading<Name extends string = string> {
  /** The column, a timestamp or a date, that says when the event was. */
  readonly eventTime?: Name;
  /** The columns by which the same event is known again: delivered once more, it is a correction. */
  readonly eventKey?: readonly string[];
  /** In place of `eventKey`: each delivery has all events, and what it lacks is removed. */
  readonly delivery?: "replaces";
  /** The bool column that is true where the event is to be removed. */
  readonly deleted?: Name;
  /** What the mutation `applyEventRetention` drops of its events unless it is told; absent: everything is kept. */
  readonly retention?: EventRetention;
}

/** Which events are kept: those of the months that have one of so many days, up to the newest snapshot. */
export interface EventRetention {
  readonly keepDays: number;
}

/** A source that is a history of events. */
interface EventColumns extends EventReading {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column>>;
}

/** A column that no event can be without. */
export const requiredOfEvents = (
  columns: Readonly<Record<string, Column>>,
  { eventTime, eventKey = [] }: EventReading,
): Readonly<Record<string, Column>> =>
  Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      name === eventTime || eventKey.includes(name) ? { ...column, required: true } : column,
    ]),
  );

/** Whether it is a history of events. */
export const isEventSource = <S extends EventReading>(source: S): source is S & { eventTime: string } =>
  source.eventTime !== undefined;

const TIME_TYPES: readonly string[] = ["date", "timestamp"];
/** Columns of a history's own begin so. */
const OWN_PREFIX = "asof_";

export function checkEventSource(key: string, source: EventColumns, refuse: Refuse): void {
  const { eventTime, eventKey, delivery, deleted, retention, columns } = source;
  if (eventTime === undefined) {
    for (const [option, value] of Object.entries({ eventKey, delivery, deleted, retention }))
      if (value !== undefined)
        refuse(`${option} is of events: name the column of their time too, eventTime: "…"`);
    return;
  }
  const typeOf = (name: string) => (Object.hasOwn(columns, name) ? columns[name]!.type : null);
  const time = typeOf(eventTime);
  if (time === null) refuse(`eventTime: it has no column ${eventTime}`);
  else if (!TIME_TYPES.includes(time))
    refuse(`eventTime: ${eventTime} is of type ${time}, not ${TIME_TYPES.join(" or ")}`);
  if (eventKey === undefined && delivery === undefined)
    refuse(
      'events need eventKey: ["…"], by which one that is delivered again is known, or delivery: "replaces", where each delivery has them all',
    );
  if (eventKey !== undefined && delivery !== undefined)
    refuse('eventKey and delivery: "replaces" are two ways; take one of them out');
  if (eventKey?.length === 0) refuse("eventKey names no column");
  for (const name of eventKey ?? [])
    if (name !== key && typeOf(name) === null) refuse(`eventKey: it has no column ${name}`);
  if (eventKey && new Set(eventKey).size < eventKey.length) refuse("eventKey names a column twice");
  if (deleted !== undefined) {
    const type = typeOf(deleted);
    if (type === null) refuse(`deleted: it has no column ${deleted}`);
    else if (type !== "bool") refuse(`deleted: ${deleted} is of type ${type}, not bool`);
    if (delivery !== undefined) refuse('deleted needs eventKey: what delivery: "replaces" lacks is removed');
  }
  for (const name of Object.keys(columns))
    if (name.startsWith(OWN_PREFIX))
      refuse(`column ${name}: names of events that begin with ${OWN_PREFIX} are asof's own; rename it`);
}
