import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../db/pool.js";
import { alertDeliveries } from "../db/tables/alerts.js";
import { ask, type Fields, find, jsonbValue, selectList } from "../db/typed.js";
import { AlertNotFoundError } from "../errors/alert-not-found.js";
import { ConflictError } from "../errors/errors.js";
import { UUID } from "../registry/run-query.js";
import type { AlertMessage } from "./message.js";

/** What became of a message: it waits or is tried again, it was taken, or it was given up. */
export const ALERT_DELIVERY_STATES = {
  PENDING: "It waits to be sent, or to be sent again.",
  DELIVERED: "Its receiver took it.",
  DEAD: "It was given up: retryAlertDelivery sends it again.",
} as const;
export type AlertDeliveryState = keyof typeof ALERT_DELIVERY_STATES;

export interface AlertDelivery {
  id: string;
  rule: string;
  event: string;
  channel: string;
  message: AlertMessage;
  state: AlertDeliveryState;
  attempts: number;
  createdAt: Date;
  /** When it is tried next; null unless it is PENDING. */
  nextAt: Date | null;
  deliveredAt: Date | null;
  lastError: string | null;
}

const DELIVERY: Fields<AlertDelivery> = {
  id: alertDeliveries.id,
  rule: alertDeliveries.rule,
  event: alertDeliveries.event,
  channel: alertDeliveries.channel,
  message: alertDeliveries.message,
  state: alertDeliveries.state,
  attempts: alertDeliveries.attempts,
  createdAt: alertDeliveries.created_at,
  nextAt: sql`case when ${alertDeliveries.state} = 'PENDING' then ${alertDeliveries.next_at} end`.mapWith(
    alertDeliveries.next_at,
  ),
  deliveredAt: alertDeliveries.delivered_at,
  lastError: alertDeliveries.last_error,
};

/** One that is under way stays so: what becomes of it counts, and two are not under way at once. */
const RETRY = `
  update alert_deliveries set state = 'PENDING', attempts = 0, next_at = clock_timestamp()
  where id = $1 and state <> 'DELIVERED' and exists (select from alert_rules r where r.name = alert_deliveries.rule)
  returning ${selectList(DELIVERY)}`;

/** By whom what waits is looked for. */
const WAKE = "select pg_notify('asof_alerts', '')";

export interface NewAlertDelivery {
  rule: string;
  event: string;
  /** Of what happened: the same rule is told once of it. */
  key: string;
  channel: string;
  message: AlertMessage;
}

export interface AlertDeliveryFilter {
  state?: AlertDeliveryState | null | undefined;
  rule?: string | null | undefined;
}

/** How many there are of each channel in each state. */
export interface AlertDeliveryCount {
  channel: string;
  state: AlertDeliveryState;
  count: number;
  /** Of those that wait, seconds since the first of them was to be told. */
  oldestSeconds: number;
}

const COUNTS = `
  select channel, state, count(*)::int as count,
    extract(epoch from greatest(clock_timestamp() - min(created_at), '0'))::float8 as "oldestSeconds"
  from alert_deliveries group by channel, state`;

/** In the transaction of whatever says that it happened. @param held it is sent by the caller, and by nobody else */
export async function addDelivery(
  tx: Queryable,
  delivery: NewAlertDelivery,
  held?: { lease: string; forMs: number },
): Promise<string | null> {
  const { message, ...row } = delivery;
  const [added] = await ask(tx, (query) =>
    query
      .insert(alertDeliveries)
      .values({ ...row, message: jsonbValue(message), ...(held && heldBy(held)) })
      .onConflictDoNothing()
      .returning({ id: alertDeliveries.id }),
  );
  if (added && !held) await tx.query(WAKE);
  return added?.id ?? null;
}

/** One that cannot be sent as it is stands among those that were given up, with why. */
export async function addSetAside(
  tx: Queryable,
  { message, ...row }: NewAlertDelivery,
  why: string,
): Promise<void> {
  await ask(tx, (query) =>
    query
      .insert(alertDeliveries)
      .values({ ...row, message: jsonbValue(message), state: "DEAD", last_error: why })
      .onConflictDoNothing(),
  );
}

const heldBy = ({ lease, forMs }: { lease: string; forMs: number }) => ({
  lease,
  leased_until: sql`clock_timestamp() + ${forMs} * interval '1 millisecond'`,
  attempts: 1,
});

export class AlertDeliveryStore {
  constructor(private readonly db: Queryable) {}

  /** The newest first. */
  list({ state, rule }: AlertDeliveryFilter, first: number): Promise<AlertDelivery[]> {
    const asked: (SQL | undefined)[] = [
      state ? eq(alertDeliveries.state, state) : undefined,
      rule ? eq(alertDeliveries.rule, rule) : undefined,
    ];
    return find(this.db, DELIVERY, (select) =>
      select
        .from(alertDeliveries)
        .where(and(...asked))
        .orderBy(desc(alertDeliveries.created_at), desc(alertDeliveries.id))
        .limit(first),
    );
  }

  /** @throws {AlertNotFoundError} */
  async get(id: string): Promise<AlertDelivery> {
    const [found] = UUID.test(id)
      ? await find(this.db, DELIVERY, (select) =>
          select.from(alertDeliveries).where(eq(alertDeliveries.id, id)),
        )
      : [];
    if (!found) throw new AlertNotFoundError("delivery", id);
    return found;
  }

  /**
   * Of one that is dead or waits: it is sent at once, and as often as a new one. Of one that is under way: if it is not taken.
   * @throws {AlertNotFoundError} @throws {ConflictError} it was delivered, or its rule is gone
   */
  async retry(id: string): Promise<AlertDelivery> {
    const { state, rule } = await this.get(id);
    if (state === "DELIVERED")
      throw new ConflictError(`delivery ${id} was taken by its receiver: there is nothing to send again`, {
        id,
      });
    const { rows } = await this.db.query<AlertDelivery>(RETRY, [id]);
    if (!rows[0])
      throw new ConflictError(
        `delivery ${id} cannot be sent: there is no alert rule ${JSON.stringify(rule)} any more`,
        { id },
      );
    await this.db.query(WAKE);
    return rows[0];
  }

  async counts(): Promise<AlertDeliveryCount[]> {
    return (await this.db.query<AlertDeliveryCount>(COUNTS)).rows;
  }
}
