import { sql } from "drizzle-orm";
import { bigint, date, integer, jsonb, pgTable, text, timestamp, unique, uuid } from "drizzle-orm/pg-core";
import { runs } from "./runs.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** One published state of all views as of a date. `created_at` is the second clock: when it was recorded. */
export const snapshots = pgTable(
  "snapshots",
  {
    id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
    as_of: date("as_of", { mode: "string" }).notNull(),
    revision: integer("revision").notNull(),
    created_at: instant("created_at").notNull().default(sql`clock_timestamp()`),
    content_sha256: text("content_sha256").notNull(),
    /** Of the definitions it was made by: under others, the same files are read and checked again. */
    definitions_sha256: text("definitions_sha256").notNull(),
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id),
    views: jsonb("views").notNull(),
    sources: jsonb("sources").notNull(),
  },
  (table) => [unique("snapshots_as_of_revision").on(table.as_of, table.revision)],
);

/** Snapshots whose rows retention dropped; the catalogue keeps what they were. Append-only. */
export const snapshotDrops = pgTable("snapshot_drops", {
  snapshot_id: integer("snapshot_id")
    .primaryKey()
    .references(() => snapshots.id),
  dropped_at: instant("dropped_at").notNull().default(sql`clock_timestamp()`),
  actor: text("actor").notNull(),
});

/** When each view was last materialized, and what is in its online table. */
export const onlineViews = pgTable("online_views", {
  view: text("view").primaryKey(),
  materialized_at: instant("materialized_at").notNull(),
  newest_event_time: date("newest_event_time", { mode: "string" }),
  row_count: integer("row_count").notNull(),
  run_id: uuid("run_id")
    .notNull()
    .references(() => runs.id),
});

/** Users whose pushed values are in the online tables and not yet in the copy before them; one row a push. */
export const onlineCopyQueue = pgTable("online_copy_queue", {
  id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
  queued_at: instant("queued_at").notNull().default(sql`clock_timestamp()`),
  user_ids: text("user_ids").array().notNull(),
});
