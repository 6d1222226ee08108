import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
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
  /** Who wrote the description; null: it is the definitions'. */
  described_by: text("described_by"),
  tags: jsonb("tags").notNull().default({}),
  /** The highest number given: that of a deleted version is not given again. */
  last_version: integer("last_version").notNull().default(0),
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
    description: text("description"),
    tags: jsonb("tags").notNull().default({}),
  },
  (table) => [
    unique("model_versions_number").on(table.model, table.version),
    // The database itself allows one holder of each serving stage per model.
    uniqueIndex("model_versions_production").on(table.model).where(sql`stage = 'PRODUCTION'`),
    uniqueIndex("model_versions_staging").on(table.model).where(sql`stage = 'STAGING'`),
  ],
);

/** Free names of versions, one version a name: `champion`, `shadow`. */
export const modelAliases = pgTable(
  "model_aliases",
  {
    model: text("model").notNull(),
    alias: text("alias").notNull(),
    version: integer("version").notNull(),
    set_at: instant("set_at").notNull().default(sql`clock_timestamp()`),
    actor: text("actor").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.model, table.alias] }),
    foreignKey({
      name: "model_aliases_version",
      columns: [table.model, table.version],
      foreignColumns: [modelVersions.model, modelVersions.version],
    }),
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
