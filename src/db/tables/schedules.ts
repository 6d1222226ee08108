import { sql } from "drizzle-orm";
import { boolean, index, jsonb, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const schedules = pgTable("run_schedules", {
  name: text("name").primaryKey(),
  cron: text("cron").notNull(),
  timezone: text("timezone").notNull(),
  kind: text("kind").notNull(),
  params: jsonb("params").notNull(),
  catch_up: boolean("catch_up").notNull(),
  paused: boolean("paused").notNull().default(false),
  actor: text("actor").notNull(),
  last_fired_at: instant("last_fired_at"),
  /** The next instant it comes due, or the first that is to be caught up; null where none comes any more. */
  due_at: instant("due_at"),
});

/** Every time a schedule came due, until there are a thousand newer ones. */
export const scheduleFirings = pgTable(
  "run_schedule_firings",
  {
    name: text("name")
      .notNull()
      .references(() => schedules.name, { onDelete: "cascade" }),
    scheduled_for: instant("scheduled_for").notNull(),
    /** False until its run is started, or it is known why it cannot be. */
    settled: boolean("settled").notNull().default(false),
    run_id: uuid("run_id"),
    error: jsonb("error"),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.scheduled_for] }),
    index("schedule_firings_unsettled").on(table.name, table.scheduled_for).where(sql`not settled`),
  ],
);
