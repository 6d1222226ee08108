import { doublePrecision, integer, pgTable, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "./types.js";

/** What each caller has left, for all processes; a migration of its own makes it unlogged. Callers are named by a hash. */
export const rateLimits = pgTable("rate_limits", {
  caller: bytea("caller").primaryKey(),
  tokens: doublePrecision("tokens").notNull(),
  /** How many the last one who asked got. */
  granted: integer("granted").notNull(),
  at: timestamp("at", { withTimezone: true, mode: "date" }).notNull(),
});
