import { date, index, integer, json, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { runs } from "./runs.js";

/** Rows that a publication kept out, as they were delivered, with what is wrong with each. */
export const quarantinedRows = pgTable(
  "quarantined_rows",
  {
    run_id: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    as_of: date("as_of", { mode: "string" }).notNull(),
    source: text("source").notNull(),
    line: integer("line").notNull(),
    /** As delivered; null where the row has none. */
    key: text("key"),
    reasons: jsonb("reasons").notNull(),
    /** As text, not as jsonb: the columns keep their order, and a NUL its place. */
    row: json("row").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.run_id, table.source, table.line] }),
    index("quarantined_rows_as_of").on(table.as_of),
  ],
);
