import { createHash } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import type { GivenRole } from "../auth/identity.js";
import { auditLog } from "../db/tables/audit-log.js";
import type { Fields } from "../db/typed.js";

/** How what was asked for came out. */
export const OUTCOMES = {
  ASKED: "It has no answer: its process was killed, or it is under way.",
  DONE: "It was done.",
  REFUSED: "By a role, an input, a gate or a state: nothing has changed.",
  FAILED: "For another reason; the log of the process says more.",
} as const;
export type AuditOutcome = keyof typeof OUTCOMES;

/** Who acts. Over the API role and request are known; of the command line neither is. */
export interface Who {
  actor: string;
  role: GivenRole | null;
  requestId: string | null;
}

/** What is put down. */
export interface NewEntry extends Who {
  /** A mutation's name, a route such as `POST /feast/push`, `token.create`, `personal.read`. */
  action: string;
  /** What it is about: `model churn version 3`. Never a person. */
  subject: string | null;
  outcome: AuditOutcome;
  /** Of the error. */
  code: string | null;
  /** The entry by which it was asked for. */
  answers: string | null;
  details: unknown;
}

/** An entry as it is hashed and handed to others: texts alone, each as it went into the hash. */
export interface AuditEntry {
  id: string;
  at: string;
  actor: string;
  role: string | null;
  requestId: string | null;
  action: string;
  subject: string | null;
  outcome: AuditOutcome;
  code: string | null;
  answers: string | null;
  /** Null where an erasure took them. */
  details: string | null;
  salt: string | null;
  detailsHash: string;
  previousHash: string;
  hash: string;
  erasedBy: string | null;
}

const hex = (column: AnyPgColumn): SQL => sql`encode(${column}, 'hex')`;

export const ENTRY_FIELDS: Fields<AuditEntry> = {
  id: sql`${auditLog.id}::text`,
  at: sql`to_char(${auditLog.at} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  actor: auditLog.actor,
  role: auditLog.role,
  requestId: auditLog.request_id,
  action: auditLog.action,
  subject: auditLog.subject,
  outcome: auditLog.outcome,
  code: auditLog.code,
  answers: sql`${auditLog.answers}::text`,
  details: auditLog.details,
  salt: sql`encode(${auditLog.salt}, 'hex')`,
  detailsHash: hex(auditLog.details_hash),
  previousHash: hex(auditLog.previous_hash),
  hash: hex(auditLog.hash),
  erasedBy: sql`${auditLog.erased_by}::text`,
};

/** Before the first entry. */
export const NO_ENTRY = "0".repeat(64);

/** As `asof_append_audit` makes it, and docs/audit.md tells it. */
export function hashOfEntry(entry: AuditEntry): string {
  const { previousHash, id, at, actor, role, requestId, action, subject, outcome, code, answers } = entry;
  const texts = [previousHash, id, at, actor, role, requestId, action, subject, outcome, code, answers];
  return sha256(JSON.stringify([...texts, entry.detailsHash]));
}

export const hashOfDetails = (salt: string, details: string): string =>
  sha256(Buffer.concat([Buffer.from(salt, "hex"), Buffer.from(details)]));

const sha256 = (bytes: string | Buffer): string => createHash("sha256").update(bytes).digest("hex");
