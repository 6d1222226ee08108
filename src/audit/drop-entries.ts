import { type Client, type Pool, type Queryable, withTransaction } from "../db/pool.js";
import { appendWithin } from "./audit-log.js";
import { type AuditEntry, hashOfDetails, hashOfEntry, type Who } from "./entry.js";
import { auditEntries } from "./find-entries.js";

/** What is put down of entries that were dropped: its subject says up to which one, and what that one's hash was. */
export const DROPPED = "audit.dropped";

/** Of one transaction: all that is audited waits for it. */
const MOST_AT_ONCE = 5_000;

/** Where the chain begins once older entries are gone. */
export interface DroppedTo {
  id: string;
  hash: string;
}

const subjectOf = ({ id, hash }: DroppedTo): string => `entries to ${id}, whose last hash is ${hash}`;

/** Of an entry that says so. The subject is in its hash, and no erasure takes it. */
export function droppedTo({ action, subject }: Pick<AuditEntry, "action" | "subject">): DroppedTo | null {
  const said =
    action === DROPPED ? /^entries to (\d+), whose last hash is ([0-9a-f]{64})$/.exec(subject ?? "") : null;
  return said && { id: said[1]!, hash: said[2]! };
}

/** The entries from the first one on that are older. */
export interface OldEntries {
  entries: number;
  /** Null where there are none. */
  last: string | null;
  bytes: number;
  /** Nothing at or after it is among them. */
  before: Date;
}

/** By the database's clock, which wrote when they were. */
export async function findOldEntries(db: Queryable, keepDays: number): Promise<OldEntries> {
  const { rows } = await db.query<OldEntries>(
    `with kept as (select clock_timestamp() - make_interval(days => $1::int) as before),
     first as (select (select min(id) from audit_log, kept where at >= before) as id)
     select count(*)::int as entries, max(a.id)::text as last, coalesce(sum(pg_column_size(a)), 0)::float8 as bytes, before
     from kept cross join first left join audit_log a on first.id is null or a.id < first.id group by before`,
    [keepDays],
  );
  const found = rows[0]!;
  return found.last === null ? { ...found, entries: 0 } : found;
}

/**
 * What of the entries up to the last is not among those that were exported, in words; null: all are there, and as they were written.
 * @param exported in the order of their ids; null: what is no entry
 */
export async function notExported(
  db: Queryable,
  last: string,
  exported: AsyncIterator<AuditEntry | null>,
): Promise<string | null> {
  for await (const entry of auditEntries(db)) {
    if (Number(entry.id) > Number(last)) break;
    let next = await exported.next();
    while (!next.done && next.value !== null && Number(next.value.id) < Number(entry.id))
      next = await exported.next();
    if (next.done || next.value === null || next.value.id !== entry.id) return `it has no entry ${entry.id}`;
    const lacksDetails = entry.details !== null && next.value.details === null;
    if (next.value.hash !== entry.hash || lacksDetails || !isWhole(next.value))
      return `entry ${entry.id} is not as the log has it`;
  }
  return null;
}

/** Nobody can tell of details without their salt whether they are as they were. */
const isWhole = (entry: AuditEntry): boolean =>
  hashOfEntry(entry) === entry.hash &&
  (entry.details === null
    ? entry.salt === null
    : entry.salt !== null && hashOfDetails(entry.salt, entry.details) === entry.detailsHash);

/**
 * Drops the entries up to the last, some thousand at a time, and puts down in the chain where it begins from then on. One that is
 * killed goes on where it was.
 * @param of what is put down beside it
 */
export async function dropEntries(pool: Pool, who: Who, last: string, of: object): Promise<number> {
  for (let dropped = 0; ; ) {
    const batch = await withTransaction(pool, (tx) => dropBatch(tx, who, last, of));
    if (batch === 0) return dropped;
    dropped += batch;
  }
}

async function dropBatch(tx: Client, who: Who, last: string, of: object): Promise<number> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_audit_drop', 0))");
  const { rows } = await tx.query<DroppedTo>(
    `select id::text, encode(hash, 'hex') as hash from audit_log where audit_log.id <= $1 order by audit_log.id limit ${MOST_AT_ONCE}`,
    [last],
  );
  const to = rows.at(-1);
  if (!to) return 0;
  // Before it is empty: the next entry follows the last one that there is.
  await appendWithin(tx, {
    ...{ ...who, action: DROPPED, subject: subjectOf(to), outcome: "DONE", code: null, answers: null },
    details: { entries: rows.length, ...of },
  });
  await tx.query("select set_config('asof.audit_dropped_to', $1, true)", [to.id]);
  await tx.query("delete from audit_log where id <= $1", [to.id]);
  return rows.length;
}
