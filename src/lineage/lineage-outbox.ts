import { randomUUID } from "node:crypto";
import type { Queryable } from "../db/pool.js";
import { STATUS_CHANGES } from "../registry/event-types.js";
import { attemptsUntil } from "./run-attempts.js";
import type { StatusChange } from "./status-change.js";

/** A process that sends says so for so long; one that died is replaced then. */
const HELD_MS = 30_000;
const PAGE = 200;
const NAME = "openlineage";
/** What waits is counted this far. */
const COUNTED = 100_000;

/** What was there before is not sent: lineage begins with the first start. */
const BEGIN = `
  insert into lineage_cursors (name, event_id) select '${NAME}', coalesce(max(id), 0) from run_events
  on conflict (name) do nothing`;

const WAITS = `
  select exists (select from run_events e where e.id > c.event_id and ${STATUS_CHANGES}) as waits
  from lineage_cursors c where c.name = '${NAME}'`;

/** $1 this process. */
const TAKE = `
  update lineage_cursors set sender = $1, held_until = clock_timestamp() + interval '${HELD_MS} milliseconds'
  where name = '${NAME}' and (sender = $1 or held_until is null or held_until < clock_timestamp())
  returning event_id::text as after`;

const ADVANCE = `
  update lineage_cursors set event_id = $2, held_until = clock_timestamp() + interval '${HELD_MS} milliseconds',
    problem = null, failing_since = null
  where name = '${NAME}' and sender = $1`;

const FAILED = `
  update lineage_cursors set problem = $2, failing_since = coalesce(failing_since, clock_timestamp())
  where name = '${NAME}' and sender = $1`;

const RELEASE = `update lineage_cursors set held_until = null, sender = null where name = '${NAME}' and sender = $1`;

/** The next changes of status. $1 after which event, $2 how many days an event is kept for. */
const CHANGES = `
  with page as (
    select id, run_id, at, kind, status, data from run_events where id > $1 and ${STATUS_CHANGES} order by id limit ${PAGE}
  )
  select e.id::text as id, e.run_id as "runId", e.at, e.kind, e.status, e.data, a.attempt,
    exists (select from run_events b where b.run_id = e.run_id and b.type = 'STATUS' and b.status = 'RUNNING'
      and b.id >= a.begun and b.id < e.id) as "wasRunning",
    not exists (select from run_events l where l.run_id = e.run_id and l.type = 'STATUS' and l.id > e.id) as "isLast",
    e.at < clock_timestamp() - $2 * interval '1 day' as "isOld"
  from page e cross join lateral (${attemptsUntil("e.run_id", "e.id")}) a order by e.id`;

const BACKLOG = `
  select count(w.at)::int as events,
    coalesce(extract(epoch from greatest(clock_timestamp() - min(w.at), '0')), 0)::float8 as "oldestSeconds",
    c.problem, c.failing_since as since
  from lineage_cursors c left join lateral (
    select e.at from run_events e where e.id > c.event_id and ${STATUS_CHANGES} order by e.id limit ${COUNTED}
  ) w on true
  where c.name = '${NAME}' group by c.name`;

export type WaitingChange = StatusChange & { readonly isOld: boolean };

/** What waits to be sent, of whatever process. */
export interface LineageBacklog {
  /** As far as 100 000. */
  readonly events: number;
  readonly oldestSeconds: number;
  /** What keeps it from being sent, and since when; null: nothing does. */
  readonly problem: string | null;
  readonly since: Date | null;
}

/** The changes of runs, from where the receiver has them: the table of events is the outbox, and a cursor says what was sent. */
export class LineageOutbox {
  readonly #sender = randomUUID();
  #isBegun = false;

  constructor(private readonly db: Queryable) {}

  /** Whether anything is to be sent, by this process or another. */
  async waits(): Promise<boolean> {
    if (!this.#isBegun) await this.db.query(BEGIN);
    this.#isBegun = true;
    const { rows } = await this.db.query<{ waits: boolean }>(WAITS);
    return rows[0]?.waits ?? false;
  }

  /** After which event to go on; null: another process sends. */
  async take(): Promise<string | null> {
    const { rows } = await this.db.query<{ after: string }>(TAKE, [this.#sender]);
    return rows[0]?.after ?? null;
  }

  /** In the order of their ids, which is that of their commits. */
  async page(after: string, keepDays: number): Promise<WaitingChange[]> {
    return (await this.db.query<WaitingChange>(CHANGES, [after, keepDays])).rows;
  }

  /** @returns false: another process took this one's place */
  async advance(to: string): Promise<boolean> {
    return ((await this.db.query(ADVANCE, [this.#sender, to])).rowCount ?? 0) > 0;
  }

  async failed(problem: string): Promise<void> {
    await this.db.query(FAILED, [this.#sender, problem]);
  }

  async release(): Promise<void> {
    await this.db.query(RELEASE, [this.#sender]);
  }
}

/** Nothing waits before the first start. */
export async function lineageBacklog(db: Queryable): Promise<LineageBacklog> {
  const { rows } = await db.query<LineageBacklog>(BACKLOG);
  return rows[0] ?? { events: 0, oldestSeconds: 0, problem: null, since: null };
}
