import { sql } from "drizzle-orm";
import { bigint, date, integer, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { runs } from "./runs.js";
import { snapshots } from "./snapshots.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Each delivery of events that was published, in the order in which they were: the clock of what is known. Append-only. */
export const eventDeliveries = pgTable("event_deliveries", {
  id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
  source: text("source").notNull(),
  run_id: uuid("run_id")
    .notNull()
    .references(() => runs.id),
  as_of: date("as_of", { mode: "string" }).notNull(),
  recorded_at: instant("recorded_at").notNull().default(sql`clock_timestamp()`),
});

/** How many events of each date a delivery brought, corrected or removed: what makes snapshots of later dates stale. Append-only. */
export const eventArrivals = pgTable(
  "event_arrivals",
  {
    delivery_id: integer("delivery_id")
      .notNull()
      .references(() => eventDeliveries.id),
    event_date: date("event_date", { mode: "string" }).notNull(),
    events: integer("events").notNull(),
  },
  (table) => [primaryKey({ columns: [table.delivery_id, table.event_date] })],
);

/**
 * Months of events that retention dropped: of each source the oldest ones there were, so that the last of them says from when on its
 * events are kept. Append-only.
 */
export const eventDrops = pgTable(
  "event_drops",
  {
    source: text("source").notNull(),
    /** Its first day. */
    month: date("month", { mode: "string" }).notNull(),
    /** Versions of events. */
    events: bigint("events", { mode: "number" }).notNull(),
    dropped_at: instant("dropped_at").notNull().default(sql`clock_timestamp()`),
    actor: text("actor").notNull(),
  },
  (table) => [primaryKey({ columns: [table.source, table.month] })],
);

/** Up to which delivery of events the windows of a snapshot were computed, each time they were. Append-only. */
export const snapshotWindows = pgTable(
  "snapshot_windows",
  {
    snapshot_id: integer("snapshot_id")
      .notNull()
      .references(() => snapshots.id),
    source: text("source").notNull(),
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id),
    /** 0: there was none yet. */
    delivery_id: integer("delivery_id").notNull(),
    computed_at: instant("computed_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [primaryKey({ columns: [table.snapshot_id, table.source, table.run_id] })],
);
