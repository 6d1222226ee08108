import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  customType,
  date,
  index,
  integer,
  type PgColumnBuilderBase,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import type { ColumnType } from "../../definitions/language/column.js";
import { columnOf } from "../../definitions/language/column-of.js";
import { factsOf } from "../../definitions/language/column-types/registry.js";
import type { Deployment, Entity, FeatureView, Source } from "../../definitions/language/deployment.js";
import { entityOf, isEntitySource, keyOf } from "../../definitions/language/entities.js";
import {
  eventSources,
  snapshotSources,
  stateSources,
} from "../../definitions/language/windows/sources-of.js";
import { hasKeyOrder, keyOrder } from "../key-sql.js";
import { quote } from "../pool.js";
import { keyText } from "./types.js";

/** The five kinds of table that follow from the definitions, by name. */
export const liveTableName = (source: Source): string => source.name;
/** By a source's name; a snapshot's description of itself has it, whatever is declared today. */
export const snapshotTableName = (source: string): string => `${source}_snapshots`;
export const onlineTableName = (view: { name: string }): string => `${view.name}_online`;
/** Of a source of events: their history. */
export const eventTableName = (source: { name: string }): string => `${source.name}_events`;
export const pushTableName = (view: { name: string }): string => `${view.name}_pushes`;

/** Of a type that the registry of column types has: drizzle reads and writes no value of it. */
const typed = (name: string, type: ColumnType): PgColumnBuilderBase =>
  customType<{ data: unknown }>({ dataType: () => factsOf(type).sql })(name);

const buildersOf = (columns: Source["columns"]): Record<string, PgColumnBuilderBase> =>
  Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, typed(name, type)]));

/** What the types alone do not ensure. A name for each type: a column that becomes another one keeps its own. */
function checksOf(table: string, columns: Source["columns"]) {
  return Object.entries(columns).flatMap(([name, { type }]) => {
    const condition = factsOf(type).check?.(quote(name));
    if (!condition) return [];
    const sha8 = createHash("sha256").update(`${table}.${name}.${type}`).digest("hex").slice(0, 8);
    return [check(`${name}_${sha8}`, sql.raw(condition))];
  });
}

const featureColumns = (view: FeatureView): Source["columns"] =>
  Object.fromEntries(view.features.map((name) => [name, columnOf(view, name)]));

/** @param listed the entity whose rows are listed from it, in the order of their keys */
function liveTable(key: string, source: Source, listed: Entity | null) {
  const name = liveTableName(source);
  const ordered = listed !== null && hasKeyOrder(listed) ? keyOrder(listed, quote(key)) : null;
  return pgTable(
    name,
    {
      [key]: keyText(key).primaryKey(),
      ...buildersOf(source.columns),
      as_of: date("as_of", { mode: "string" }).notNull(),
    },
    () => {
      const checks = checksOf(name, source.columns);
      if (!ordered) return checks;
      const [first, ...others] = ordered.map((expression) => sql.raw(`(${expression})`));
      return [...checks, index(`${name}_key_order`).on(first!, ...others)];
    },
  );
}

/**
 * Every column of the source, with those of former declarations beside them: none is ever dropped. Partitioned by
 * as_of; the generated migration is completed by `scripts/migration-statements.ts`. Without the checks of types, which every
 * partition would have to repeat: its rows come from the live tables' own staging.
 */
function snapshotTable(key: string, name: string, source: Source) {
  return pgTable(
    name,
    {
      snapshot_id: integer("snapshot_id").notNull(),
      as_of: date("as_of", { mode: "string" }).notNull(),
      [key]: keyText(key).notNull(),
      ...buildersOf(source.columns),
    },
    (table) => [
      // biome-ignore lint/suspicious/noExplicitAny: the key's column is named by the definitions
      primaryKey({ columns: [table.snapshot_id, (table as any)[key], table.as_of] as any }),
    ],
  );
}

/**
 * Every version of every event that was ever delivered, each with the delivery that brought it and the one that ended it: what was
 * known then is told from what is known now. Partitioned by the month of the event; `as_of` is the date of the delivery.
 */
function eventTable(key: string, name: string, source: Source) {
  const unkeyed = { asof_row: uuid("asof_row"), asof_occurrence: integer("asof_occurrence") };
  return pgTable(
    name,
    {
      [key]: keyText(key).notNull(),
      ...buildersOf(source.columns),
      as_of: date("as_of", { mode: "string" }).notNull(),
      asof_event_date: date("asof_event_date", { mode: "string" }).notNull(),
      asof_delivery: integer("asof_delivery").notNull(),
      asof_ended_by: integer("asof_ended_by"),
      ...(source.delivery === "replaces" ? unkeyed : {}),
    },
    () => checksOf(name, source.columns),
  );
}

function onlineTable(key: string, view: FeatureView) {
  const name = onlineTableName(view);
  return pgTable(
    name,
    {
      [key]: keyText(key).primaryKey(),
      as_of: date("as_of", { mode: "string" }).notNull(),
      ...buildersOf(featureColumns(view)),
    },
    () => checksOf(name, featureColumns(view)),
  );
}

/**
 * What was pushed between extracts: whole rows, features that a push left out completed from what was served.
 * Append-only; `snapshot_id` is set once, by the publication that binds the row to its snapshot.
 */
function pushTable(key: string, view: FeatureView) {
  const name = pushTableName(view);
  return pgTable(
    name,
    {
      push_id: bigint("push_id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
      snapshot_id: integer("snapshot_id"),
      as_of: date("as_of", { mode: "string" }).notNull(),
      [key]: keyText(key).notNull(),
      pushed_features: text("pushed_features").array().notNull(),
      pushed_at: timestamp("pushed_at", { withTimezone: true, mode: "date" })
        .notNull()
        .default(sql`clock_timestamp()`),
      pushed_by: text("pushed_by").notNull(),
      ...buildersOf(featureColumns(view)),
    },
    (table) => [
      // biome-ignore lint/suspicious/noExplicitAny: the key's column is named by the definitions
      index(`${name}_user`).on((table as any)[key], table.as_of, table.push_id),
      index(`${name}_pending`).on(table.as_of).where(sql`snapshot_id is null`),
      ...checksOf(name, featureColumns(view)),
    ],
  );
}

/** Every table that follows from the definitions, by its name. */
export function derivedTables(deployment: Deployment) {
  const key = (source: Source): string => keyOf(deployment, source);
  const tables = [
    ...stateSources(deployment).map((source) => {
      const listed = isEntitySource(deployment, source) ? entityOf(deployment, source) : null;
      return [liveTableName(source), liveTable(key(source), source, listed)] as const;
    }),
    ...eventSources(deployment).map((source) => {
      const name = eventTableName(source);
      return [name, eventTable(key(source), name, source)] as const;
    }),
    ...snapshotSources(deployment).map((source) => {
      const name = snapshotTableName(source.name);
      return [name, snapshotTable(key(source), name, source)] as const;
    }),
    ...deployment.views.map((view) => [onlineTableName(view), onlineTable(key(view.source), view)] as const),
    ...deployment.views.map((view) => [pushTableName(view), pushTable(key(view.source), view)] as const),
  ];
  return Object.fromEntries(tables);
}
