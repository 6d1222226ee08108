import { sql } from "drizzle-orm";
import {
  bigint,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import { experiments } from "./experiments.js";
import { modelVersions } from "./models.js";
import { artifactBlobs, runs } from "./runs.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const now = sql`clock_timestamp()`;

/** Models that trainers outside have logged: files with a name, before or without any registration. */
export const loggedModels = pgTable(
  "logged_models",
  {
    id: uuid("id").primaryKey(),
    experiment_id: bigint("experiment_id", { mode: "number" })
      .notNull()
      .references(() => experiments.id),
    source_run_id: uuid("source_run_id").references(() => runs.id, { onDelete: "set null" }),
    name: text("name").notNull(),
    model_type: text("model_type").notNull().default(""),
    status: text("status").notNull().default("PENDING"),
    params: jsonb("params").notNull().default({}),
    tags: jsonb("tags").notNull().default({}),
    actor: text("actor").notNull(),
    created_at: instant("created_at").notNull().default(now),
    updated_at: instant("updated_at").notNull().default(now),
    deleted_at: instant("deleted_at"),
  },
  (table) => [
    index("logged_models_experiment").on(table.experiment_id, table.created_at, table.id),
    index("logged_models_run").on(table.source_run_id),
  ],
);

const file = {
  name: text("name").notNull(),
  media_type: text("media_type").notNull(),
  bytes: bigint("bytes", { mode: "number" }).notNull(),
};

export const loggedModelFiles = pgTable(
  "logged_model_files",
  {
    model_id: uuid("model_id")
      .notNull()
      .references(() => loggedModels.id, { onDelete: "cascade" }),
    ...file,
    sha256: text("sha256")
      .notNull()
      .references(() => artifactBlobs.sha256),
  },
  (table) => [
    primaryKey({ columns: [table.model_id, table.name] }),
    index("logged_model_files_sha256").on(table.sha256),
  ],
);

/** The files that a version was registered with: what its trainer changes later does not change it. */
export const modelVersionFiles = pgTable(
  "model_version_files",
  {
    version_id: integer("version_id")
      .notNull()
      .references(() => modelVersions.id, { onDelete: "cascade" }),
    ...file,
    sha256: text("sha256")
      .notNull()
      .references(() => artifactBlobs.sha256),
  },
  (table) => [
    primaryKey({ columns: [table.version_id, table.name] }),
    index("model_version_files_sha256").on(table.sha256),
  ],
);

/** Points that a run logged of a model, beside those of the run itself. */
export const loggedModelMetrics = pgTable(
  "logged_model_metrics",
  {
    model_id: uuid("model_id")
      .notNull()
      .references(() => loggedModels.id, { onDelete: "cascade" }),
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    step: bigint("step", { mode: "number" }).notNull(),
    at: instant("at").notNull(),
    value: doublePrecision("value").notNull(),
    dataset_name: text("dataset_name"),
    dataset_digest: text("dataset_digest"),
  },
  (table) => [
    primaryKey({ columns: [table.model_id, table.run_id, table.name, table.step, table.at, table.value] }),
  ],
);

/** The logged models that a run wrote or read. */
export const runModels = pgTable(
  "run_models",
  {
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    model_id: uuid("model_id")
      .notNull()
      .references(() => loggedModels.id, { onDelete: "cascade" }),
    role: text("role").notNull(),
    step: bigint("step", { mode: "number" }).notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.run_id, table.model_id, table.role] })],
);
