import { sql } from "drizzle-orm";
import {
  bigint,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { runs } from "./runs.js";
import { bytea } from "./types.js";

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
    /** 1: `content_sha256` is of the first edition, over the views; the parts have the second beside it. */
    hash_version: smallint("hash_version").notNull().default(2),
  },
  (table) => [unique("snapshots_as_of_revision").on(table.as_of, table.revision)],
);

/**
 * What a snapshot is made of, by itself: one part a source, and one a view that values were pushed to. A part's rows
 * are its own, or those of the snapshot `owner_id` that it carries on. Append-only.
 */
export const snapshotParts = pgTable(
  "snapshot_parts",
  {
    snapshot_id: integer("snapshot_id")
      .notNull()
      .references(() => snapshots.id),
    /** The source's name, or `<view>:pushes`. */
    name: text("name").notNull(),
    owner_id: integer("owner_id").notNull(),
    /** The date its rows hold from, and their partition: of a part that is carried on, the owner's. */
    event_date: date("event_date", { mode: "string" }).notNull(),
    /** [{name, type, stored}]: as declared when it was made, and where the table keeps it now. */
    columns: jsonb("columns").notNull(),
    row_count: integer("row_count").notNull(),
    content_sha256: text("content_sha256").notNull(),
    /** 256 hashes of 32 bytes, by the first byte of the key's SHA-256. */
    buckets: bytea("buckets").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.snapshot_id, table.name] }),
    index("snapshot_parts_owner").on(table.owner_id),
  ],
);

/** Snapshots that should not have been published; who asks with an earlier known-at still finds them. Append-only. */
export const snapshotWithdrawals = pgTable("snapshot_withdrawals", {
  snapshot_id: integer("snapshot_id")
    .primaryKey()
    .references(() => snapshots.id),
  at: instant("at").notNull().default(sql`clock_timestamp()`),
  actor: text("actor").notNull(),
  reason: text("reason").notNull(),
  run_id: uuid("run_id")
    .notNull()
    .references(() => runs.id),
});

/** Snapshots whose rows retention dropped; the catalogue keeps what they were. Append-only. */
export const snapshotDrops = pgTable("snapshot_drops", {
  snapshot_id: integer("snapshot_id")
    .primaryKey()
    .references(() => snapshots.id),
  dropped_at: instant("dropped_at").notNull().default(sql`clock_timestamp()`),
  actor: text("actor").notNull(),
});

/**
 * How the values of a part's columns are distributed: computed once, when somebody first asks. Snapshots that carry a part on
 * share its profile. No history: what is missing is computed again.
 */
export const featureProfiles = pgTable(
  "feature_profiles",
  {
    /** The snapshot whose rows these are. */
    owner_id: integer("owner_id")
      .notNull()
      .references(() => snapshots.id),
    part: text("part").notNull(),
    /** By the snapshot's own name. */
    column_name: text("column_name").notNull(),
    profile: jsonb("profile").notNull(),
    computed_at: instant("computed_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [primaryKey({ columns: [table.owner_id, table.part, table.column_name] })],
);

/**
 * How the rows of one part differ from those of another: computed once, when somebody first asks. What is missing is
 * computed again.
 */
export const partDifferences = pgTable(
  "part_differences",
  {
    before_owner_id: integer("before_owner_id")
      .notNull()
      .references(() => snapshots.id),
    after_owner_id: integer("after_owner_id")
      .notNull()
      .references(() => snapshots.id),
    part: text("part").notNull(),
    /** Of the names and types of the columns that were compared. */
    columns_sha256: text("columns_sha256").notNull(),
    difference: jsonb("difference").notNull(),
    computed_at: instant("computed_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [
    primaryKey({
      name: "part_differences_sides",
      columns: [table.before_owner_id, table.after_owner_id, table.part, table.columns_sha256],
    }),
  ],
);

/**
 * How a column of one part compares with that of another: what a drift report has of one feature, before it is judged. Computed once,
 * when somebody first asks.
 */
export const driftComparisons = pgTable(
  "drift_comparisons",
  {
    before_owner_id: integer("before_owner_id")
      .notNull()
      .references(() => snapshots.id),
    before_column: text("before_column").notNull(),
    after_owner_id: integer("after_owner_id")
      .notNull()
      .references(() => snapshots.id),
    after_column: text("after_column").notNull(),
    part: text("part").notNull(),
    comparison: jsonb("comparison").notNull(),
    computed_at: instant("computed_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [
    primaryKey({
      name: "drift_comparisons_sides",
      columns: [
        table.before_owner_id,
        table.after_owner_id,
        table.part,
        table.before_column,
        table.after_column,
      ],
    }),
  ],
);

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

/** Entities whose pushed values are in the online tables and not yet in the copy before them; one row a push. */
export const onlineCopyQueue = pgTable("online_copy_queue", {
  id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
  queued_at: instant("queued_at").notNull().default(sql`clock_timestamp()`),
  keys: text("keys").array().notNull(),
});
