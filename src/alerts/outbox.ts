import { type Pool, withTransaction } from "../db/pool.js";

/** How often, and how long after, a message is sent again; and how long a process may take for one. */
export interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly mostMs: number;
  /** After so many it is dead. */
  readonly attempts: number;
  readonly leaseMs: number;
}

/** 5 s, 15 s, 45 s … then every three hours: 15 attempts in 22 to 23 hours. */
export const BACKOFF: Backoff = {
  ...{ firstMs: 5_000, factor: 3, mostMs: 3 * 3_600_000 },
  ...{ attempts: 15, leaseMs: 60_000 },
};
/** So many receivers that come back do not meet all at once. */
const JITTER = 0.2;
/** Of what a receiver asks to be left alone for, this much is granted. */
const MOST_ASKED_SECONDS = 3_600;
/** What was taken, or was given up, is kept for so long. */
const KEPT_DAYS = 30;

/** One that this process has taken to send. */
export interface Claimed {
  id: string;
  rule: string;
  /** As it is stored: one that an older release wrote, or a hand, may be another. */
  message: unknown;
  channel: string;
  options: unknown;
  /** Of this sending. */
  lease: string;
  /** With this one. */
  attempts: number;
  at: Date;
}

/** $1 the lease in ms, $2 the longest pause in ms. */
const TIMES =
  "select clock_timestamp() as now, $1 * interval '1 millisecond' as lease, $2 * interval '1 millisecond' as pause";
/**
 * By the database's clock; an instant further away than there can be one was set before the clock was set back, and counts as
 * past. Another lease is added, because who took one meanwhile has a later now.
 */
const NEXT = `
  select w.id, w.next_at from alert_deliveries w where w.rule = r.name and w.state = 'PENDING'
    and (w.next_at <= t.now or w.next_at > t.now + t.pause + t.lease)
    and (w.leased_until is null or w.leased_until <= t.now or w.leased_until > t.now + 2 * t.lease)
  order by w.next_at, w.created_at limit 1`;
const NOBODY_SENDS = `not exists (select from alert_deliveries b where b.rule = r.name and b.state = 'PENDING'
  and b.leased_until > t.now and b.leased_until <= t.now + 2 * t.lease)`;
/** Rules that something waits for: until it has committed, no other process takes anything of theirs. $3 how many */
const HOLD_RULES = `
  with t as (${TIMES})
  select r.name from t cross join alert_rules r cross join lateral (${NEXT}) d where ${NOBODY_SENDS}
  order by d.next_at limit $3 for no key update of r skip locked`;
/**
 * Of each rule that nobody sends for the one that has waited longest: a receiver that hangs holds up no other. By a statement
 * of its own: it sees what was taken until the rules were held. $3 their names
 */
const CLAIM = `
  with t as (${TIMES}),
  due as (
    select d.id, r.channel, r.options from t cross join alert_rules r cross join lateral (${NEXT} for update) d
    where r.name = any($3) and ${NOBODY_SENDS}
  )
  update alert_deliveries a set leased_until = t.now + t.lease, lease = gen_random_uuid(), attempts = a.attempts + 1,
    channel = due.channel
  from due, t where a.id = due.id
  returning a.id, a.rule, a.message, a.channel, due.options, a.lease, a.attempts, t.now as at`;

/** Each only if no other process has taken it since. $1 its id, $2 the lease */
const DELIVERED = `
  update alert_deliveries set state = 'DELIVERED', delivered_at = clock_timestamp(), leased_until = null, last_error = null
  where id = $1 and lease = $2 and state = 'PENDING'`;
/** Where it was to be sent again meanwhile it is, at once. $3 the attempt, $4 whether it is dead, $5 the pause in ms, $6 why */
const FAILED = `
  update alert_deliveries set leased_until = null, last_error = $6,
    state = case when $4 and attempts = $3 then 'DEAD' else state end,
    next_at = case when attempts = $3 then clock_timestamp() + $5 * interval '1 millisecond' else next_at end
  where id = $1 and lease = $2 and state = 'PENDING' returning state = 'DEAD' as "isDead"`;
/** The process stops: it was not tried. */
const GIVEN_BACK = `
  update alert_deliveries set leased_until = null, attempts = greatest(attempts - 1, 0)
  where id = $1 and lease = $2 and state = 'PENDING'`;
const FORGET = `
  delete from alert_deliveries where state <> 'PENDING' and created_at < clock_timestamp() - ${KEPT_DAYS} * interval '1 day'`;

/** What waits to be sent, for whatever process takes it. */
export class AlertOutbox {
  constructor(
    private readonly db: Pool,
    readonly backoff: Backoff = BACKOFF,
  ) {}

  async claim(most: number): Promise<Claimed[]> {
    const { leaseMs, mostMs } = this.backoff;
    const times = [leaseMs, Math.max(mostMs * (1 + JITTER), MOST_ASKED_SECONDS * 1000)];
    return withTransaction(this.db, async (tx) => {
      const held = await tx.query<{ name: string }>(HOLD_RULES, [...times, most]);
      if (held.rows.length === 0) return [];
      const names = held.rows.map(({ name }) => name);
      return (await tx.query<Claimed>(CLAIM, [...times, names])).rows;
    });
  }

  async delivered({ id, lease }: Pick<Claimed, "id" | "lease">): Promise<void> {
    await this.db.query(DELIVERED, [id, lease]);
  }

  /** @returns whether it is dead */
  async failed(
    { id, lease, attempts }: Pick<Claimed, "id" | "lease" | "attempts">,
    why: string,
    again: "never" | number,
  ): Promise<boolean> {
    const isLast = again === "never" || attempts >= this.backoff.attempts;
    const asked = typeof again === "number" && again > 0 ? Math.min(again, MOST_ASKED_SECONDS) * 1000 : 0;
    const pause = Math.max(pauseAfter(this.backoff, attempts), asked);
    const { rows } = await this.db.query<{ isDead: boolean }>(FAILED, [
      id,
      lease,
      attempts,
      isLast,
      pause,
      why,
    ]);
    return rows[0]?.isDead ?? false;
  }

  async giveBack({ id, lease }: Pick<Claimed, "id" | "lease">): Promise<void> {
    await this.db.query(GIVEN_BACK, [id, lease]);
  }

  async forgetOld(): Promise<void> {
    await this.db.query(FORGET);
  }
}

function pauseAfter({ firstMs, factor, mostMs }: Backoff, attempts: number): number {
  const pause = Math.min(firstMs * factor ** (attempts - 1), mostMs);
  return Math.round(pause * (1 - JITTER + 2 * JITTER * Math.random()));
}
