import { bigint, index, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { erasures } from "./erasures.js";
import { bytea } from "./types.js";

/**
 * Who did, or was refused, what. `asof_append_audit` alone writes it: each entry hashes the one before. Append-only, but that an
 * erasure takes the details of an entry that names the person.
 */
export const auditLog = pgTable(
  "audit_log",
  {
    /** Without gaps, in the order of the chain. */
    id: bigint("id", { mode: "number" }).primaryKey(),
    /** To the millisecond. */
    at: timestamp("at", { withTimezone: true, mode: "date" }).notNull(),
    actor: text("actor").notNull(),
    /** Null: the command line, which has none. */
    role: text("role"),
    request_id: text("request_id"),
    action: text("action").notNull(),
    subject: text("subject"),
    outcome: text("outcome").notNull(),
    code: text("code"),
    /** The entry by which it was asked for. */
    answers: bigint("answers", { mode: "number" }),
    salt: bytea("salt"),
    /** JSON, as it was hashed. */
    details: text("details"),
    /** SHA-256 of salt and details. */
    details_hash: bytea("details_hash").notNull(),
    previous_hash: bytea("previous_hash").notNull(),
    hash: bytea("hash").notNull(),
    /** What took salt and details. */
    erased_by: bigint("erased_by", { mode: "number" }).references(() => erasures.id),
  },
  (table) => [index("audit_log_answers").on(table.answers), index("audit_log_at").on(table.at)],
);
