import { sql } from "drizzle-orm";
import { bigint, check, index, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { experiments } from "./experiments.js";
import { models } from "./models.js";

/** Who changed what of an experiment, or of a model beside the stages of its versions, which have a history of their own. */
export const registryChanges = pgTable(
  "registry_changes",
  {
    id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    experiment_id: bigint("experiment_id", { mode: "number" }).references(() => experiments.id),
    model: text("model").references(() => models.name),
    at: timestamp("at", { withTimezone: true, mode: "date" }).notNull().default(sql`clock_timestamp()`),
    actor: text("actor").notNull(),
    /** In words, of then: a model that was renamed has its former name here. */
    message: text("message").notNull(),
  },
  (table) => [
    check("registry_changes_of_one", sql`num_nonnulls(experiment_id, model) = 1`),
    index("registry_changes_experiment").on(table.experiment_id, table.id),
    index("registry_changes_model").on(table.model, table.id),
  ],
);
