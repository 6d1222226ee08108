import { z } from "zod";
import type { AuditEntry } from "./entry.js";
import { OUTCOMES } from "./entry.js";

const optional = z.string().nullable();
/** Under the names of the table's columns. */
const line = z.object({
  ...{
    id: z.string(),
    at: z.string(),
    actor: z.string(),
    role: optional,
    request_id: optional,
  },
  ...{ action: z.string(), subject: optional, code: optional, answers: optional },
  outcome: z.enum(Object.keys(OUTCOMES) as (keyof typeof OUTCOMES)[]),
  ...{ details_hash: z.string(), previous_hash: z.string(), hash: z.string() },
  ...{ salt: optional, details: optional, erased_by: optional },
});

/** One line of JSON, with everything that the entry's hash is made of. */
export function exportedLine({
  requestId,
  detailsHash,
  previousHash,
  hash,
  salt,
  details,
  erasedBy,
  ...same
}: AuditEntry): string {
  const { id, at, actor, role, action, subject, outcome, code, answers } = same;
  const written: z.input<typeof line> = {
    ...{ id, at, actor, role, request_id: requestId, action, subject, outcome, code, answers },
    ...{ details_hash: detailsHash, previous_hash: previousHash, hash, salt, details, erased_by: erasedBy },
  };
  return JSON.stringify(written);
}

/** The entry that a line was written of; null: it is no such line. */
export function readLine(text: string): AuditEntry | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const read = line.safeParse(parsed);
  if (!read.success) return null;
  const { request_id, details_hash, previous_hash, erased_by, ...same } = read.data;
  return {
    ...same,
    ...{ requestId: request_id, detailsHash: details_hash, previousHash: previous_hash, erasedBy: erased_by },
  };
}
