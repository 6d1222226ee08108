import type { Logger } from "pino";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { addDelivery, addSetAside } from "./delivery-store.js";
import type { LastingState, Told } from "./events/alert-event.js";
import { MalformedToldError, readTold } from "./events/read-told.js";
import { endOf, messageOf, parseMessage, setAsideAs } from "./message.js";
import { keepRules, listRules, type StoredAlertRule } from "./rule-store.js";
import { Triggers } from "./triggers.js";
import { waitAtMost } from "./wait-at-most.js";

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

/** What an event may take to read a state: all others wait for it. */
const READ_MS = 30_000;
/** What one event may tell of at once. */
const MOST_TOLD = 1_000;

/** What lasts, as an event tells it; and why some of it cannot be told. */
interface Standing {
  readonly told: readonly Told[];
  readonly problem: string | null;
}

/** Tells where something that lasts begins and where it ends, however often it is looked at, by whatever process. */
export class StateWatch {
  readonly #triggers: Triggers;

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly sources: StateSources,
    private readonly logger: Logger,
    private readonly readMs = READ_MS,
  ) {
    this.#triggers = new Triggers(logger);
  }

  /** @returns false: some process looked less than so long ago, or no rule asks for what lasts */
  async look(everyMs: number, closing = new AbortController().signal): Promise<boolean> {
    const asked = (await listRules(this.pool)).flatMap((rule) =>
      this.#triggers.of(rule).flatMap(({ event: { name, when }, options }) => {
        return when.of === "state" ? [{ rule, event: name, when, options }] : [];
      }),
    );
    if (asked.length === 0) return false;
    const { rows } = await this.pool.query<{ now: Date }>(TURN, [everyMs]);
    if (!rows[0]) return false;
    const { now } = rows[0];
    const state = onceEach(this.sources, now);
    const late = new Error(`it was not read in ${this.readMs / 1000} s`);
    // At once: as many as hang take no longer than one. A failure is told when its turn comes.
    const reads = asked.map(({ rule, event, when, options }) => {
      const given = waitAtMost<unknown>(this.readMs, late, closing, () => when.read(state, options));
      given.catch(() => {});
      return { rule, event, given };
    });
    for (const { rule, event, given } of reads) {
      try {
        const found = standing(await given);
        await withTransaction(this.pool, (tx) => this.#compare(tx, rule, event, found, now));
      } catch (err) {
        if (closing.aborted) return true;
        // What it tells of is told at the next look; all others must not wait for it.
        this.logger.error({ err, rule: rule.name, event }, "alerts: the state cannot be told");
      }
    }
    return true;
  }

  async #compare(
    tx: Client,
    { name: rule, channel }: StoredAlertRule,
    event: string,
    { told, problem }: Standing,
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
    const occasion = { type: event, phase: "BEGAN", at, deployment: this.definitions.name, rule } as const;
    for (const each of told) {
      if (rows.some(({ subject }) => subject === each.subject)) continue;
      const message = messageOf(occasion, each);
      const begun = await tx.query<{ id: string }>(BEGINS, [rule, event, each.subject, message]);
      // None: it is told twice.
      if (begun.rows[0]) await addDelivery(tx, { ...of, key: `${begun.rows[0].id} began`, message });
    }
    if (problem !== null) {
      this.logger.error(
        { rule, event, problem },
        "alerts: some of the state cannot be told, and is set aside",
      );
      const key = `set aside ${at.toISOString().slice(0, 10)}`;
      return addSetAside(tx, { ...of, key, message: setAsideAs(occasion, problem) }, problem);
    }
    for (const { id, subject, message } of rows) {
      if (told.some((each) => each.subject === subject)) continue;
      await tx.query(ENDS, [id]);
      const begun = parseMessage(message);
      if (begun) await addDelivery(tx, { ...of, key: `${id} ended`, message: endOf(begun, at) });
    }
  }
}

/** As long as some of it is not known, nothing is said to have ended. */
function standing(given: unknown): Standing {
  if (!Array.isArray(given)) return { told: [], problem: "a list of what lasts was expected" };
  const told: Told[] = [];
  let problem =
    given.length > MOST_TOLD ? `it tells of ${given.length} things; at most ${MOST_TOLD} are sent` : null;
  for (const each of given.slice(0, MOST_TOLD)) {
    try {
      told.push(readTold(each));
    } catch (error) {
      if (!(error instanceof MalformedToldError)) throw error;
      problem ??= error.message;
    }
  }
  return { told, problem };
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
