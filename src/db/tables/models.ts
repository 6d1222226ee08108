import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { artifactBlobs, runs } from "./runs.js";
import { snapshots } from "./snapshots.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const models = pgTable("models", {
  name: text("name").primaryKey(),
  description: text("description"),
});

export const modelVersions = pgTable(
  "model_versions",
  {
    id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
    model: text("model")
      .notNull()
      .references(() => models.name),
    version: integer("version").notNull(),
    stage: text("stage").notNull().default("NONE"),
    created_at: instant("created_at").notNull().default(sql`clock_timestamp()`),
    algorithm: text("algorithm").notNull(),
    sha256: text("sha256")
      .notNull()
      .references(() => artifactBlobs.sha256),
    bytes: integer("bytes").notNull(),
    run_id: uuid("run_id")
      .notNull()
      .unique()
      .references(() => runs.id),
    snapshot_id: integer("snapshot_id")
      .notNull()
      .references(() => snapshots.id),
    label_snapshot_id: integer("label_snapshot_id")
      .notNull()
      .references(() => snapshots.id),
    signature: jsonb("signature").notNull(),
    threshold: doublePrecision("threshold").notNull(),
  },
  (table) => [
    unique("model_versions_number").on(table.model, table.version),
    // The database itself allows one holder of each serving stage per model.
    uniqueIndex("model_versions_production").on(table.model).where(sql`stage = 'PRODUCTION'`),
    uniqueIndex("model_versions_staging").on(table.model).where(sql`stage = 'STAGING'`),
  ],
);

export const stageTransitions = pgTable(
  "stage_transitions",
  {
    id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    model: text("model")
      .notNull()
      .references(() => models.name),
    version: integer("version").notNull(),
    from_stage: text("from_stage").notNull(),
    to_stage: text("to_stage").notNull(),
    actor: text("actor").notNull(),
    reason: text("reason"),
    at: instant("at").notNull().default(sql`clock_timestamp()`),
    gates: jsonb("gates").notNull().default([]),
    forced: boolean("forced").notNull().default(false),
  },
  (table) => [index("stage_transitions_model").on(table.model, table.id)],
);
