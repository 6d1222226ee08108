import { and, asc, gt, gte, lt } from "drizzle-orm";
import { decodeCursor, type PageRequest, type Slice, toSlice } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import { auditLog } from "../db/tables/audit-log.js";
import { find, selectList } from "../db/typed.js";
import { type AuditEntry, type AuditOutcome, ENTRY_FIELDS } from "./entry.js";

/** Which acts; absent: all. */
export interface AuditFilter {
  actor?: string | null;
  action?: string | null;
  /** `ASKED`: those without an answer. */
  outcome?: AuditOutcome | null;
  from?: Date | null;
  /** Before it. */
  to?: Date | null;
  /** A text that action, subject, code, request id or details have, in any case. */
  search?: string | null;
}

/** An entry with what was asked for: what an answer leaves out stands in the entry that it answers. */
export interface AuditedAct
  extends Pick<AuditEntry, "id" | "actor" | "role" | "requestId" | "action" | "subject"> {
  at: Date;
  outcome: AuditOutcome;
  code: string | null;
  /** As they were sent; null where there were none, or an erasure took them. */
  args: unknown;
  /** What came of it: before, after, answer, message, columns. */
  details: unknown;
  /** Whether an erasure took details of it. */
  erased: boolean;
  hash: string;
}

const MOST_AT_ONCE = 2_000;

/** Every entry as it is hashed, in the order of the chain. @param to before it */
export async function* auditEntries(
  db: Queryable,
  { from, to }: Pick<AuditFilter, "from" | "to"> = {},
): AsyncGenerator<AuditEntry> {
  for (let last = 0; ; ) {
    const within = [from ? gte(auditLog.at, from) : undefined, to ? lt(auditLog.at, to) : undefined];
    const page = await find<AuditEntry>(db, ENTRY_FIELDS, (select) =>
      select
        .from(auditLog)
        .where(and(gt(auditLog.id, last), ...within))
        .orderBy(asc(auditLog.id))
        .limit(MOST_AT_ONCE),
    );
    yield* page;
    if (page.length < MOST_AT_ONCE) return;
    last = Number(page.at(-1)!.id);
  }
}

type Row = AuditEntry & { instant: Date; asked: string | null; askedErased: boolean };

const isId = ([id]: readonly (string | number)[]): boolean => /^\d{1,18}$/.test(String(id));

/** One an act, the newest first: its answer, or that it was asked for where it has none. */
export async function findActs(
  db: Queryable,
  { actor, action, outcome, from, to, search }: AuditFilter,
  page: PageRequest,
): Promise<Slice<AuditedAct>> {
  const [after = null] = page.after ? decodeCursor(page.after, 1, isId) : [];
  const { rows } = await db.query<Row>(
    `select ${selectList(ENTRY_FIELDS)}, at as instant, (
         select details from audit_log a where a.id = audit_log.answers) as asked,
       exists (select from audit_log a where a.id = audit_log.answers and a.erased_by is not null) as "askedErased"
     from audit_log
     where ($1::bigint is null or id < $1)
       and ($2::text is null or actor = $2) and ($3::text is null or action = $3) and ($4::text is null or outcome = $4)
       and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
       and (outcome <> 'ASKED' or not exists (select from audit_log a where a.answers = audit_log.id))
       and ($7::text is null or concat_ws(' ', action, subject, code, request_id, details) ilike $7
         or exists (select from audit_log a where a.id = audit_log.answers and a.details ilike $7))
     order by audit_log.id desc limit $8`,
    [
      ...[after, actor ?? null, action ?? null, outcome ?? null, from ?? null, to ?? null],
      ...[search ? `%${search.replace(/[\\%_]/g, "\\$&")}%` : null, page.first + 1],
    ],
  );
  return toSlice(rows, page, actOf, ({ id }) => [id]);
}

function actOf({ instant, asked, askedErased, details, erasedBy, ...row }: Row): AuditedAct {
  const { id, actor, role, requestId, action, subject, outcome, code, hash } = row;
  const { args = null, ...own } = objectOf(details);
  return {
    ...{ id, at: instant, actor, role, requestId, action, subject, outcome, code, hash },
    args: asked === null ? args : (objectOf(asked).args ?? null),
    details: Object.keys(own).length > 0 ? own : null,
    erased: askedErased || erasedBy !== null,
  };
}

const objectOf = (json: string | null): Record<string, unknown> =>
  json === null ? {} : (JSON.parse(json) as Record<string, unknown>);
