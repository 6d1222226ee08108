import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  date,
  doublePrecision,
  index,
  integer,
  type PgColumnBuilderBase,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from "drizzle-orm/pg-core";
import type { Column } from "../../definitions/language/column.js";
import type { Deployment, FeatureView, Source } from "../../definitions/language/deployment.js";
import { keyText } from "./types.js";

/** The four kinds of table that follow from the definitions, by name. */
export const liveTableName = (source: Source): string => source.name;
/** By a source's name; a snapshot's description of itself has it, whatever is declared today. */
export const snapshotTableName = (source: string): string => `${source}_snapshots`;
export const onlineTableName = (view: { name: string }): string => `${view.name}_online`;
export const pushTableName = (view: { name: string }): string => `${view.name}_pushes`;

const builders: Record<Column["type"], (name: string) => PgColumnBuilderBase> = {
  int: (name) => integer(name),
  float: (name) => doublePrecision(name),
  bool: (name) => boolean(name),
  string: (name) => text(name),
  date: (name) => date(name, { mode: "string" }),
};

function columnsOf(source: Source, names: readonly string[]): Record<string, PgColumnBuilderBase> {
  return Object.fromEntries(names.map((name) => [name, builders[source.columns[name]!.type](name)]));
}

function liveTable(key: string, source: Source) {
  return pgTable(liveTableName(source), {
    [key]: keyText(key).primaryKey(),
    ...columnsOf(source, Object.keys(source.columns)),
    as_of: date("as_of", { mode: "string" }).notNull(),
  });
}

/**
 * Every column of the source, with those of former declarations beside them: none is ever dropped. Partitioned by
 * as_of; the generated migration is completed by `scripts/migration-statements.ts`.
 */
function snapshotTable(key: string, name: string, source: Source) {
  return pgTable(
    name,
    {
      snapshot_id: integer("snapshot_id").notNull(),
      as_of: date("as_of", { mode: "string" }).notNull(),
      [key]: keyText(key).notNull(),
      ...columnsOf(source, Object.keys(source.columns)),
    },
    (table) => [
      // biome-ignore lint/suspicious/noExplicitAny: the key's column is named by the definitions
      primaryKey({ columns: [table.snapshot_id, (table as any)[key], table.as_of] as any }),
    ],
  );
}

function onlineTable(key: string, view: FeatureView) {
  return pgTable(onlineTableName(view), {
    [key]: keyText(key).primaryKey(),
    as_of: date("as_of", { mode: "string" }).notNull(),
    ...columnsOf(view.source, view.features),
  });
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
      ...columnsOf(view.source, view.features),
    },
    (table) => [
      // biome-ignore lint/suspicious/noExplicitAny: the key's column is named by the definitions
      index(`${name}_user`).on((table as any)[key], table.as_of, table.push_id),
      index(`${name}_pending`).on(table.as_of).where(sql`snapshot_id is null`),
    ],
  );
}

/** Every table that follows from the definitions, by its name. */
export function derivedTables(deployment: Deployment) {
  const { key } = deployment.entity;
  const tables = [
    ...deployment.sources.map((source) => [liveTableName(source), liveTable(key, source)] as const),
    ...deployment.sources.map((source) => {
      const name = snapshotTableName(source.name);
      return [name, snapshotTable(key, name, source)] as const;
    }),
    ...deployment.views.map((view) => [onlineTableName(view), onlineTable(key, view)] as const),
    ...deployment.views.map((view) => [pushTableName(view), pushTable(key, view)] as const),
  ];
  return Object.fromEntries(tables);
}
