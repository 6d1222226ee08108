import {
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  smallint,
  text,
  timestamp,
} from "drizzle-orm/pg-core";

/** A sample of what was answered, partitioned by UTC day; a migration of its own makes it and its days. */
export const predictionLog = pgTable(
  "prediction_log",
  {
    at: timestamp("at", { withTimezone: true, mode: "date" }).notNull(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    user_id: text("user_id").notNull(),
    features_sha256: text("features_sha256").notNull(),
    features: jsonb("features").notNull(),
    probability: doublePrecision("probability").notNull(),
    prediction: smallint("prediction").notNull(),
    shadow_version: integer("shadow_version"),
    shadow_probability: doublePrecision("shadow_probability"),
    shadow_prediction: smallint("shadow_prediction"),
  },
  (table) => [
    index("prediction_log_version").on(table.model, table.version, table.at),
    // Pages of the log, the newest first: of all, of a model, of one key.
    index("prediction_log_at").on(table.at),
    index("prediction_log_model").on(table.model, table.at),
    index("prediction_log_key").on(table.user_id, table.at),
  ],
);
