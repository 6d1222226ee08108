import { sql } from "drizzle-orm";
import { bigint, index, integer, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { runs } from "./runs.js";
import { snapshots } from "./snapshots.js";

/**
 * Every file of the lake that counts: of a part of a snapshot, or of a run that joined features. A file in the lake that has no
 * row here is rubbish.
 */
export const lakeFiles = pgTable(
  "lake_files",
  {
    /** Its address, as LAKE_URL names it. */
    lake: text("lake").notNull(),
    /** Within the lake. */
    path: text("path").notNull(),
    /** The snapshot whose rows these are; null of what a run wrote. */
    owner_id: integer("owner_id").references(() => snapshots.id),
    part: text("part"),
    run_id: uuid("run_id").references(() => runs.id, { onDelete: "cascade" }),
    rows: integer("rows").notNull(),
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    /** Rows of the part that had been erased when it was written: of more, it is written again. */
    erased_rows: integer("erased_rows").notNull().default(0),
    written_at: timestamp("written_at", { withTimezone: true, mode: "date" })
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (table) => [
    primaryKey({ columns: [table.lake, table.path] }),
    index("lake_files_owner").on(table.owner_id, table.part),
    index("lake_files_run").on(table.run_id),
  ],
);
