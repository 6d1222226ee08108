import { sql } from "drizzle-orm";
import { boolean, index, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { bytea } from "./types.js";

/** Who may call: the token itself is nowhere. A migration of its own announces every change. */
export const apiTokens = pgTable(
  "api_tokens",
  {
    id: uuid("id").primaryKey(),
    name: text("name").notNull(),
    role: text("role").notNull(),
    token_sha256: bytea("token_sha256").notNull(),
    created_at: timestamp("created_at", { withTimezone: true, mode: "date" })
      .notNull()
      .default(sql`clock_timestamp()`),
    expires_at: timestamp("expires_at", { withTimezone: true, mode: "date" }),
    revoked_at: timestamp("revoked_at", { withTimezone: true, mode: "date" }),
    created_by: text("created_by"),
    /** Of a session that the provider's sign-in began: who signed in, any number of times. Null: a token. */
    person: text("person"),
    /** Roles that hold for these models alone, by name. */
    model_roles: jsonb("model_roles").notNull().default({}),
    /** Roles that hold for what is asked by these protocols alone, by name. */
    protocol_roles: jsonb("protocol_roles").notNull().default({}),
    /** Sees the values of personal columns, whatever its role. */
    sees_personal: boolean("sees_personal").notNull().default(false),
  },
  (table) => [
    index("api_tokens_sha256").on(table.token_sha256),
    uniqueIndex("api_tokens_name_in_use").on(table.name).where(sql`revoked_at is null`),
  ],
);

/** When each token was last used. No trigger announces it: the tokens themselves stay as they are. */
export const apiTokenUses = pgTable("api_token_uses", {
  token_id: uuid("token_id")
    .primaryKey()
    .references(() => apiTokens.id, { onDelete: "cascade" }),
  last_used_at: timestamp("last_used_at", { withTimezone: true, mode: "date" }).notNull(),
});
