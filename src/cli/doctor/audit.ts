import { verifyChain } from "../../audit/verify.js";
import type { Queryable } from "../../db/pool.js";
import { type Check, failed, ok } from "./check.js";

const REMEDY =
  "find out who may change the database beside asof; what asof audit export wrote before, or a backup, has the entries as they were";

/** @param head the hash of an entry that was noted elsewhere; null: none was */
export async function checkAudit(db: Queryable, head: string | null): Promise<Check> {
  const table = await db.query("select to_regclass('public.audit_log') as found");
  if (!table.rows[0].found) return ok("audit", "no entries yet");
  const { entries, head: last, droppedTo, erased, unanswered, problems } = await verifyChain(db, head);
  if (problems.length > 0) return failed("audit", problems.join("; "), REMEDY);
  const parts = [
    `${entries} entries, each as it was written`,
    ...(droppedTo === null ? [] : [`those up to ${droppedTo} were dropped, as is on record`]),
    ...(unanswered > 0 ? [`${unanswered} without an answer: cut off, or under way`] : []),
    ...(erased > 0 ? [`${erased} with details that an erasure took`] : []),
    head === null
      ? `the last hash is ${last}: note it elsewhere, and --audit-head shows later that nothing was cut off`
      : `the hash ${head} is among them, the last one is ${last}`,
  ];
  return ok("audit", parts.join("; "));
}
