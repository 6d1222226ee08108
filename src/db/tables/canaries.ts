import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { modelVersions } from "./models.js";

/** A share of the keys of a model, answered by a version beside the one in Production. */
export const canaries = pgTable(
  "canaries",
  {
    id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
    model: text("model").notNull(),
    /** The challenger. */
    version: integer("version").notNull(),
    /** What was in Production when it began. */
    champion: integer("champion").notNull(),
    share: doublePrecision("share").notNull(),
    stop_rule: jsonb("stop_rule").notNull(),
    started_at: timestamp("started_at", { withTimezone: true, mode: "date" })
      .notNull()
      .default(sql`clock_timestamp()`),
    started_by: text("started_by").notNull(),
    /** Null while it runs. */
    ended_at: timestamp("ended_at", { withTimezone: true, mode: "date" }),
    ended_by: text("ended_by"),
    outcome: text("outcome"),
    reason: text("reason"),
    /** In the order in which ends become visible: a trigger counts them. */
    end_no: bigint("end_no", { mode: "bigint" }),
  },
  (table) => [
    uniqueIndex("canaries_running").on(table.model).where(sql`ended_at is null`),
    index("canaries_model").on(table.model, table.id),
    uniqueIndex("canaries_end").on(table.end_no),
    check("canaries_outcome", sql`outcome in ('PROMOTED', 'ENDED', 'STOPPED', 'SUPERSEDED')`),
    check("canaries_ended", sql`num_nulls(ended_at, ended_by, outcome, reason) in (0, 4)`),
    foreignKey({
      name: "canaries_version",
      columns: [table.model, table.version],
      foreignColumns: [modelVersions.model, modelVersions.version],
    }).onUpdate("cascade"),
  ],
);
