import { sql } from "drizzle-orm";
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
    // Null where the features came with the call.
    key: text("key"),
    features_sha256: text("features_sha256").notNull(),
    features: jsonb("features").notNull(),
    // The answer: a probability, of several classes that of the likeliest, or, where nothing is decided, a value.
    probability: doublePrecision("probability").notNull(),
    prediction: smallint("prediction"),
    shadow_version: integer("shadow_version"),
    shadow_probability: doublePrecision("shadow_probability"),
    shadow_prediction: smallint("shadow_prediction"),
    // What the request brought of its own.
    request: jsonb("request"),
    // Of several classes: the likeliest, and how likely each is, in the order of the version's.
    class: text("class"),
    class_probabilities: doublePrecision("class_probabilities").array(),
    shadow_class: text("shadow_class"),
    // Of what was answered while a canary ran: CHAMPION, CHALLENGER, or FALLBACK, the champion in the challenger's place.
    canary: integer("canary"),
    arm: text("arm"),
    shadow_class_probabilities: doublePrecision("shadow_class_probabilities").array(),
  },
  (table) => [
    index("prediction_log_version").on(table.model, table.version, table.at),
    // Pages of the log, the newest first: of all, of a model, of one key.
    index("prediction_log_at").on(table.at),
    index("prediction_log_model").on(table.model, table.at),
    index("prediction_log_key").on(table.key, table.at),
    index("prediction_log_canary").on(table.canary).where(sql`canary is not null`),
  ],
);
