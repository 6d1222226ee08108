import { sql } from "drizzle-orm";
import { bigint, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const now = sql`clock_timestamp()`;

/** What runs are filed under. 0 is `Default`, where runs made elsewhere go; 1 is `asof`, which holds asof's own. */
export const experiments = pgTable("experiments", {
  id: bigint("id", { mode: "number" }).primaryKey().generatedByDefaultAsIdentity({ startWith: 2 }),
  name: text("name").notNull().unique(),
  tags: jsonb("tags").notNull().default({}),
  actor: text("actor").notNull(),
  created_at: instant("created_at").notNull().default(now),
  updated_at: instant("updated_at").notNull().default(now),
  /** It and its runs are in no list until it is restored. */
  deleted_at: instant("deleted_at"),
});
