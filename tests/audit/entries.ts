import type { TestApp } from "../support/app.js";

export interface StoredEntry {
  id: string;
  actor: string;
  role: string | null;
  request_id: string | null;
  action: string;
  subject: string | null;
  outcome: string;
  code: string | null;
  answers: string | null;
  details: any;
}

/** What the audit log has after the given entry. */
export async function entriesSince({ sql }: Pick<TestApp, "sql">, last: string): Promise<StoredEntry[]> {
  const rows = await sql<StoredEntry>(
    `select id::text, actor, role, request_id, action, subject, outcome, code, answers::text, details
     from audit_log where id > $1 order by audit_log.id`,
    [last],
  );
  return rows.map((row) => ({ ...row, details: JSON.parse(row.details) }));
}

export const lastEntry = async ({ sql }: Pick<TestApp, "sql">): Promise<string> =>
  (await sql("select coalesce(max(id), 0)::text as id from audit_log"))[0]!.id;
