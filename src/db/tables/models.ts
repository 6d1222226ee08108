import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
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
  /** `served`: the deployment declares it. `kept`: clients store versions of it, which nothing here loads. */
  kind: text("kind").notNull().default("served"),
  created_at: instant("created_at").notNull().default(sql`clock_timestamp()`),
  /** Of one that is kept: its name is free again. */
  deleted_at: instant("deleted_at"),
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
    /** Of the ONNX file; null where there is none. */
    sha256: text("sha256").references(() => artifactBlobs.sha256),
    bytes: integer("bytes"),
    /** That trained it, or that its trainer wrote; null where it was registered without one. */
    run_id: uuid("run_id").references(() => runs.id),
    /** The REGISTER run that judges it; null: asof trained it, or it is kept without judgement. */
    registered_by: uuid("registered_by").references(() => runs.id),
    /** Where its file came from, as its client says it. */
    source: text("source"),
    /** The EXPORT run that wrote what it was trained on elsewhere. */
    trained_on: uuid("trained_on").references(() => runs.id),
    /** All snapshots that the export holds, or that a panel was read from; null: those below, or it is not known. */
    trained_snapshots: integer("trained_snapshots").array(),
    /** Of one that another deployment exported: which archive it came in, and from where. */
    imported_from: jsonb("imported_from"),
    // Known once it is judged.
    snapshot_id: integer("snapshot_id").references(() => snapshots.id),
    label_snapshot_id: integer("label_snapshot_id").references(() => snapshots.id),
    signature: jsonb("signature"),
    /** Null, too, of a task without one. */
    threshold: doublePrecision("threshold"),
    description: text("description"),
    tags: jsonb("tags").notNull().default({}),
  },
  (table) => [
    unique("model_versions_number").on(table.model, table.version),
    index("model_versions_run").on(table.run_id),
    index("model_versions_registered_by").on(table.registered_by),
    check(
      "model_versions_judged",
      sql`case when signature is null then threshold is null
        else num_nulls(sha256, bytes, snapshot_id, label_snapshot_id, coalesce(registered_by, run_id)) = 0 end`,
    ),
    // What is judged has no stage before it is.
    check("model_versions_stage", sql`stage = 'NONE' or signature is not null or registered_by is null`),
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
    }).onUpdate("cascade"),
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
