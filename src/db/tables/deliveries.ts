import { sql } from "drizzle-orm";
import { bigint, boolean, check, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** What could be ingested when a worker last looked. A row changes only where its delivery did. */
export const deliveries = pgTable("deliveries", {
  /** What an ingest takes as its `source`. */
  name: text("name").primaryKey(),
  scheme: text("scheme").notNull(),
  /** [{source, name, bytes}] */
  files: jsonb("files").notNull(),
  bytes: bigint("bytes", { mode: "number" }).notNull(),
  modified_at: instant("modified_at"),
});

/** One row: the last look of any worker. */
export const deliveryScan = pgTable(
  "delivery_scan",
  {
    only_row: boolean("only_row").primaryKey().default(true),
    began_at: instant("began_at").notNull(),
    /** When the last one began that could read everything. */
    scanned_at: instant("scanned_at"),
    /** What kept the last one from it. */
    problem: text("problem"),
  },
  (table) => [check("delivery_scan_only_row", sql`${table.only_row}`)],
);
