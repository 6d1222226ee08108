import type { Logger } from "pino";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { triggersOf } from "./collector.js";
import { addDelivery } from "./delivery-store.js";
import type { LastingState, Told } from "./events/alert-event.js";
import { endOf, messageOf, parseMessage } from "./message.js";
import { keepRules, listRules, type StoredAlertRule } from "./rule-store.js";

/** What states are read by: at an instant of the database's clock. */
export interface StateSources {
  stale(now: Date): ReturnType<LastingState["stale"]>;
  unservable(): ReturnType<LastingState["unservable"]>;
}

/**
 * One process of all looks each so often. $1 how often, in ms: one that is said to have looked later than now did so before
 * the clock was set back.
 */
const TURN = `
  update alert_cursors set looked_at = clock_timestamp() where name = 'states' and (looked_at is null
    or looked_at > clock_timestamp() or looked_at <= clock_timestamp() - $1 * interval '1 millisecond')
  returning clock_timestamp() as now`;
/** One after another, so that what began is told once. */
const HOLD = "select from alert_cursors where name = 'states' for update";

const STANDING = `
  select id::text, rule, event, subject, message from alert_conditions where rule = $1 and event = $2`;
const BEGINS = `
  insert into alert_conditions (rule, event, subject, message) values ($1, $2, $3, $4)
  on conflict do nothing returning id::text`;
const ENDS = "delete from alert_conditions where id = $1";

/** Tells where something that lasts begins and where it ends, however often it is looked at, by whatever process. */
export class StateWatch {
  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly sources: StateSources,
    private readonly logger: Logger,
  ) {}

  /** @returns false: some process looked less than so long ago, or no rule asks for what lasts */
  async look(everyMs: number): Promise<boolean> {
    const asked = (await listRules(this.pool)).flatMap((rule) =>
      triggersOf(rule, this.logger).flatMap((trigger) =>
        trigger.event.when.of === "state" ? [{ rule, ...trigger }] : [],
      ),
    );
    if (asked.length === 0) return false;
    const { rows } = await this.pool.query<{ now: Date }>(TURN, [everyMs]);
    if (!rows[0]) return false;
    const { now } = rows[0];
    const state = onceEach(this.sources, now);
    for (const { rule, event, options } of asked) {
      if (event.when.of !== "state") continue;
      try {
        const told = await event.when.read(state, options);
        await withTransaction(this.pool, (tx) => this.#compare(tx, rule, event.name, told, now));
      } catch (err) {
        // What it tells of is told at the next look; all others must not wait for it.
        const { name } = rule;
        this.logger.error({ err, rule: name, event: event.name }, "alerts: the state cannot be told");
      }
    }
    return true;
  }

  async #compare(
    tx: Client,
    { name: rule, channel }: StoredAlertRule,
    event: string,
    told: readonly Told[],
    at: Date,
  ): Promise<void> {
    await tx.query(HOLD);
    await keepRules(tx);
    // It may have been deleted meanwhile.
    const { rowCount } = await tx.query("select from alert_rules where name = $1 and triggers ? $2", [
      rule,
      event,
    ]);
    if (rowCount === 0) return;
    const { rows } = await tx.query<{ id: string; subject: string; message: unknown }>(STANDING, [
      rule,
      event,
    ]);
    const of = { rule, event, channel };
    for (const each of told) {
      if (rows.some(({ subject }) => subject === each.subject)) continue;
      const occasion = { type: event, phase: "BEGAN", at, deployment: this.definitions.name, rule } as const;
      const message = messageOf(occasion, each);
      const begun = await tx.query<{ id: string }>(BEGINS, [rule, event, each.subject, message]);
      await addDelivery(tx, { ...of, key: `${begun.rows[0]!.id} began`, message });
    }
    for (const { id, subject, message } of rows) {
      if (told.some((each) => each.subject === subject)) continue;
      await tx.query(ENDS, [id]);
      await addDelivery(tx, { ...of, key: `${id} ended`, message: endOf(parseMessage(message), at) });
    }
  }
}

/** Several rules ask for the same: it is worked out once. */
function onceEach({ stale, unservable }: StateSources, now: Date): LastingState {
  let found: {
    stale?: ReturnType<LastingState["stale"]>;
    unservable?: ReturnType<LastingState["unservable"]>;
  } = {};
  return {
    stale: () => {
      found = { ...found, stale: found.stale ?? stale(now) };
      return found.stale!;
    },
    unservable: () => {
      found = { ...found, unservable: found.unservable ?? unservable() };
      return found.unservable!;
    },
  };
}
