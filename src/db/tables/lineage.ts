import { bigint, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** How far the events of runs were sent to a receiver of lineage, and which process sends them. */
export const lineageCursors = pgTable("lineage_cursors", {
  /** Of the receiver. */
  name: text("name").primaryKey(),
  /** The last event of `run_events` that needs no more sending. */
  event_id: bigint("event_id", { mode: "bigint" }).notNull(),
  /** The process that sends; another may take its place after `held_until`. */
  sender: uuid("sender"),
  held_until: instant("held_until"),
  /** What keeps events from being sent, and since when; null: nothing does. */
  problem: text("problem"),
  failing_since: instant("failing_since"),
});
