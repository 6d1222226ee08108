import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { runs } from "./runs.js";
import { snapshots } from "./snapshots.js";
import { bytea } from "./types.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Who was erased, by whom and why: of the key nothing but its HMAC. Append-only. */
export const erasures = pgTable(
  "erasures",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id),
    entity: text("entity").notNull(),
    key_hmac: bytea("key_hmac").notNull(),
    at: instant("at").notNull().default(sql`clock_timestamp()`),
    actor: text("actor").notNull(),
    reason: text("reason").notNull(),
  },
  (table) => [
    unique("erasures_of_run").on(table.run_id, table.entity, table.key_hmac),
    index("erasures_key").on(table.entity, table.key_hmac),
  ],
);

/** Erasures that keep nobody out any more. Append-only. */
export const erasureLifts = pgTable("erasure_lifts", {
  erasure_id: bigint("erasure_id", { mode: "number" })
    .primaryKey()
    .references(() => erasures.id),
  at: instant("at").notNull().default(sql`clock_timestamp()`),
  actor: text("actor").notNull(),
  reason: text("reason").notNull(),
});

/** The keys of an erasure that was asked for and has not succeeded: they go with the run's last step. */
export const erasureKeys = pgTable(
  "erasure_keys",
  {
    request: uuid("request").notNull(),
    entity: text("entity").notNull(),
    key: text("key").notNull(),
    key_hmac: bytea("key_hmac").notNull(),
    asked_at: instant("asked_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [primaryKey({ columns: [table.request, table.entity, table.key] })],
);

/** What keys are hashed with. One row, made by the first erasure. */
export const erasureSecret = pgTable(
  "erasure_secret",
  { only_row: boolean("only_row").primaryKey().default(true), secret: bytea("secret").notNull() },
  (table) => [check("erasure_secret_only_row", sql`${table.only_row}`)],
);

/** What an erasure has removed so far, by place; written with the deletion itself. */
export const erasureCounts = pgTable(
  "erasure_counts",
  {
    erasure_id: bigint("erasure_id", { mode: "number" })
      .notNull()
      .references(() => erasures.id),
    place: text("place").notNull(),
    rows: integer("rows").notNull(),
  },
  (table) => [primaryKey({ columns: [table.erasure_id, table.place] })],
);

/** Files that an erasure deleted, because they were made of the person's rows. */
export const erasureArtifacts = pgTable(
  "erasure_artifacts",
  {
    erasure_id: bigint("erasure_id", { mode: "number" })
      .notNull()
      .references(() => erasures.id),
    run_id: uuid("run_id").notNull(),
    name: text("name").notNull(),
    sha256: text("sha256").notNull(),
  },
  (table) => [primaryKey({ columns: [table.erasure_id, table.run_id, table.name] })],
);

/** What is left of an erased row of a snapshot, so that the snapshot still verifies. Never served. Append-only. */
export const erasedRows = pgTable(
  "erased_rows",
  {
    owner_id: integer("owner_id")
      .notNull()
      .references(() => snapshots.id),
    part: text("part").notNull(),
    bucket: smallint("bucket").notNull(),
    row_sha256: bytea("row_sha256").notNull(),
    erasure_id: bigint("erasure_id", { mode: "number" })
      .notNull()
      .references(() => erasures.id),
  },
  (table) => [primaryKey({ columns: [table.owner_id, table.part, table.bucket, table.row_sha256] })],
);
