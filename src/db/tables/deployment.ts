import { sql } from "drizzle-orm";
import { boolean, check, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/** One row: whose data this database holds, and the oldest release of asof that may start on it. */
export const deploymentRow = pgTable(
  "asof_deployment",
  {
    only_row: boolean("only_row").primaryKey().default(true),
    name: text("name").notNull(),
    min_release: text("min_release").notNull(),
    named_at: timestamp("named_at", { withTimezone: true, mode: "date" })
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (table) => [check("asof_deployment_only_row", sql`${table.only_row}`)],
);
