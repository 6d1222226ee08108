import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
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
import { IS_TO_MOVE } from "./to-move.js";
import { bytea } from "./types.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** What runs are ordered by: -1 for one that has not ended. */
const RUN_SECONDS = sql`(coalesce(extract(epoch from finished_at - started_at)::float8, -1))`;

/** When it began, or was asked for where it has not: newest first. */
const RUN_BEGIN = sql`(coalesce(started_at, created_at)) desc`;
const IS_LISTED = sql`deleted_at is null`;

export const runs = pgTable(
  "runs",
  {
    id: uuid("id").primaryKey(),
    kind: text("kind").notNull(),
    status: text("status").notNull(),
    params: jsonb("params").notNull(),
    actor: text("actor").notNull(),
    created_at: instant("created_at").notNull().default(sql`clock_timestamp()`),
    started_at: instant("started_at"),
    finished_at: instant("finished_at"),
    attempt: integer("attempt").notNull().default(1),
    error: jsonb("error"),
    environment: jsonb("environment").notNull().default({}),
    git_commit: text("git_commit"),
    result: jsonb("result"),
    validation: jsonb("validation"),
    snapshot_id: integer("snapshot_id"),
    name: text("name"),
    tags: jsonb("tags").notNull().default({}),
    note: text("note"),
    /** Hashes of everything a list can be filtered by for equality: one index answers any combination. */
    attributes: bigint("attributes", { mode: "bigint" })
      .array()
      .generatedAlwaysAs(sql`asof_run_attributes(kind, status, actor, params, tags)`),
    /** The run that started it. */
    parent_run_id: uuid("parent_run_id").references((): AnyPgColumn => runs.id),
    experiment_id: bigint("experiment_id", { mode: "number" })
      .notNull()
      .default(1)
      .references(() => experiments.id),
    /** Datasets that a trainer outside says it read, each with its tags. */
    inputs: jsonb("inputs").notNull().default([]),
    /** It is in no list until it is restored. */
    deleted_at: instant("deleted_at"),
    /** The request that started it, as its log line says, and the W3C traceparent it came within. */
    request_id: text("request_id"),
    trace_parent: text("trace_parent"),
  },
  (table) => [
    index("runs_created").on(table.created_at, table.id).where(IS_LISTED),
    index("runs_deleted").on(table.created_at, table.id).where(sql`deleted_at is not null`),
    index("runs_kind_status").on(table.kind, table.status),
    index("runs_duration").on(RUN_SECONDS, table.id).where(IS_LISTED),
    index("runs_experiment").on(table.experiment_id, RUN_BEGIN, table.id).where(IS_LISTED),
    check("runs_of_asof", sql`(kind = 'EXTERNAL') = (experiment_id <> 1)`),
    index("runs_attributes").using("gin", table.attributes),
    index("runs_parent").on(table.parent_run_id, table.created_at, table.id),
  ],
);

export const runSteps = pgTable(
  "run_steps",
  {
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    ordinal: integer("ordinal").notNull(),
    status: text("status").notNull(),
    attempt: integer("attempt").notNull(),
    started_at: instant("started_at"),
    finished_at: instant("finished_at"),
    /** How many processes died while they executed it, since it last got further. */
    deaths: integer("deaths").notNull().default(0),
    /** The process that executed it stopped in good order: no death. */
    handed_over: boolean("handed_over").notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.run_id, table.name] })],
);

export const runEvents = pgTable(
  "run_events",
  {
    id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    kind: text("kind").notNull(),
    at: instant("at").notNull(),
    type: text("type").notNull(),
    status: text("status").notNull(),
    step: text("step"),
    message: text("message").notNull(),
    progress: doublePrecision("progress"),
    data: jsonb("data"),
  },
  (table) => [
    index("run_events_run").on(table.run_id, table.id),
    /** What is sent to a receiver of lineage. */
    index("run_events_sent").on(table.id).where(sql`type = 'STATUS' and status <> 'QUEUED'`),
  ],
);

export const runMetrics = pgTable(
  "run_metrics",
  {
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    step: bigint("step", { mode: "number" }).notNull(),
    value: doublePrecision("value").notNull(),
    at: instant("at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [primaryKey({ columns: [table.run_id, table.name, table.step, table.at, table.value] })],
);

/** Of each series the point of its greatest step, and of these the last, kept by triggers of `run_metrics`: what runs are filtered and ordered by. */
export const runLatestMetrics = pgTable(
  "run_latest_metrics",
  {
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    step: bigint("step", { mode: "number" }).notNull(),
    value: doublePrecision("value").notNull(),
    at: instant("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.run_id, table.name] }),
    index("run_latest_metrics_value").on(table.name, table.value, table.run_id),
  ],
);

/** Each content once, for all runs: in one value, in the pieces of an upload, or in an object outside the database. */
export const artifactBlobs = pgTable(
  "artifact_blobs",
  {
    sha256: text("sha256").primaryKey(),
    bytes: bytea("bytes"),
    upload: uuid("upload"),
    /** The address of the object. */
    place: text("place"),
    /** Bytes of the object. */
    size: bigint("size", { mode: "number" }),
    /** Null: by a release that did not say. */
    stored_at: instant("stored_at").default(sql`clock_timestamp()`),
  },
  (table) => [
    index("artifact_blobs_to_move").on(table.stored_at).where(sql.raw(IS_TO_MOVE)),
    index("artifact_blobs_place").on(table.place).where(sql`place is not null`),
    check("artifact_blobs_somewhere", sql`num_nonnulls(bytes, upload, place) = 1`),
    check("artifact_blobs_size", sql`num_nulls(place, size) <> 1`),
  ],
);

/** Objects outside the database that no content has: being written, or to be removed. */
export const artifactObjects = pgTable("artifact_objects", {
  place: text("place").primaryKey(),
  /** `CUT_OFF`: its writer is gone. `LEFT`: its content was deleted, as a trigger of `artifact_blobs` says. */
  state: text("state").notNull().default("WRITING"),
  since: instant("since").notNull().default(sql`clock_timestamp()`),
});

/** What is too large for one value; `start` is the place of a piece's first byte. */
export const artifactPieces = pgTable(
  "artifact_pieces",
  {
    upload: uuid("upload").notNull(),
    start: bigint("start", { mode: "number" }).notNull(),
    bytes: bytea("bytes").notNull(),
  },
  (table) => [primaryKey({ columns: [table.upload, table.start] })],
);

/** Files that are arriving, piece by piece: who dies leaves pieces that nothing names, and this row. */
export const artifactUploads = pgTable("artifact_uploads", {
  id: uuid("id").primaryKey(),
  touched_at: instant("touched_at").notNull().default(sql`clock_timestamp()`),
});

export const artifacts = pgTable(
  "artifacts",
  {
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    media_type: text("media_type").notNull(),
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    sha256: text("sha256")
      .notNull()
      .references(() => artifactBlobs.sha256),
  },
  (table) => [
    primaryKey({ columns: [table.run_id, table.name] }),
    index("artifacts_sha256").on(table.sha256),
  ],
);
