import type { Queryable } from "../db/pool.js";
import { type AlertMessage, parseMessage } from "./message.js";

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
  message: AlertMessage;
  channel: string;
  options: unknown;
  /** With this one. */
  attempts: number;
  at: Date;
}

/**
 * Of each rule that nobody sends for the one that has waited longest: a receiver that hangs holds up no other. By the
 * database's clock; an instant further away than there can be one was set before the clock was set back, and counts as past.
 * Another lease is added, because who took one meanwhile has a later now.
 * $1 how many, $2 the lease in ms, $3 the longest pause in ms.
 */
const CLAIM = `
  with t as (select clock_timestamp() as now, $2 * interval '1 millisecond' as lease, $3 * interval '1 millisecond' as pause),
  due as (
    select d.id, r.channel, r.options from t cross join alert_rules r cross join lateral (
      select w.id, w.next_at from alert_deliveries w where w.rule = r.name and w.state = 'PENDING'
        and (w.next_at <= t.now or w.next_at > t.now + t.pause + t.lease)
        and (w.leased_until is null or w.leased_until <= t.now or w.leased_until > t.now + 2 * t.lease)
      order by w.next_at, w.created_at limit 1 for update skip locked
    ) d
    where not exists (select from alert_deliveries b where b.rule = r.name and b.state = 'PENDING'
      and b.leased_until > t.now and b.leased_until <= t.now + 2 * t.lease)
    order by d.next_at limit $1
  )
  update alert_deliveries a set leased_until = t.now + t.lease, attempts = a.attempts + 1, channel = due.channel
  from due, t where a.id = due.id
  returning a.id, a.rule, a.message, a.channel, due.options, a.attempts, t.now as at`;

/** Each only if no other process has taken it since. $1 its id, $2 the attempt. */
const DELIVERED = `
  update alert_deliveries set state = 'DELIVERED', delivered_at = clock_timestamp(), leased_until = null, last_error = null
  where id = $1 and attempts = $2 and state = 'PENDING'`;
/** $3 whether it is dead, $4 the pause in ms, $5 why. */
const FAILED = `
  update alert_deliveries set state = case when $3 then 'DEAD' else state end, leased_until = null,
    next_at = clock_timestamp() + $4 * interval '1 millisecond', last_error = $5
  where id = $1 and attempts = $2 and state = 'PENDING'`;
/** The process stops: it was not tried. */
const GIVEN_BACK = `
  update alert_deliveries set leased_until = null, attempts = attempts - 1
  where id = $1 and attempts = $2 and state = 'PENDING'`;
const FORGET = `
  delete from alert_deliveries where state <> 'PENDING' and created_at < clock_timestamp() - ${KEPT_DAYS} * interval '1 day'`;

/** What waits to be sent, for whatever process takes it. */
export class AlertOutbox {
  constructor(
    private readonly db: Queryable,
    readonly backoff: Backoff = BACKOFF,
  ) {}

  async claim(most: number): Promise<Claimed[]> {
    const { leaseMs, mostMs } = this.backoff;
    const longest = Math.max(mostMs * (1 + JITTER), MOST_ASKED_SECONDS * 1000);
    const { rows } = await this.db.query<Claimed & { message: unknown }>(CLAIM, [most, leaseMs, longest]);
    return rows.map((row) => ({ ...row, message: parseMessage(row.message) }));
  }

  async delivered({ id, attempts }: Pick<Claimed, "id" | "attempts">): Promise<void> {
    await this.db.query(DELIVERED, [id, attempts]);
  }

  /** @returns whether it is dead */
  async failed(
    { id, attempts }: Pick<Claimed, "id" | "attempts">,
    why: string,
    again: "never" | number,
  ): Promise<boolean> {
    const isDead = again === "never" || attempts >= this.backoff.attempts;
    const asked = again === "never" ? 0 : Math.min(again, MOST_ASKED_SECONDS) * 1000;
    await this.db.query(FAILED, [
      id,
      attempts,
      isDead,
      Math.max(pauseAfter(this.backoff, attempts), asked),
      why,
    ]);
    return isDead;
  }

  async giveBack({ id, attempts }: Pick<Claimed, "id" | "attempts">): Promise<void> {
    await this.db.query(GIVEN_BACK, [id, attempts]);
  }

  async forgetOld(): Promise<void> {
    await this.db.query(FORGET);
  }
}

function pauseAfter({ firstMs, factor, mostMs }: Backoff, attempts: number): number {
  const pause = Math.min(firstMs * factor ** (attempts - 1), mostMs);
  return Math.round(pause * (1 - JITTER + 2 * JITTER * Math.random()));
}
