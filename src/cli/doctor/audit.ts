import type pg from "pg";
import { verifyChain } from "../../audit/verify.js";
import { onOneState } from "../../db/pool.js";
import { type Check, failed, ok } from "./check.js";

const REMEDY =
  "find out who may change the database beside asof; what asof audit export wrote before, or a backup, has the entries as they were";

/** @param head the hash of an entry that was noted elsewhere; null: none was */
export async function checkAudit(client: pg.ClientBase, head: string | null): Promise<Check> {
  const table = await client.query("select to_regclass('public.audit_log') as found");
  if (!table.rows[0].found) return ok("audit", "no entries yet");
  // Old entries may be dropped meanwhile.
  const report = await onOneState(client, () => verifyChain(client, head));
  const { entries, head: last, droppedTo, erased, unanswered, problems } = report;
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
