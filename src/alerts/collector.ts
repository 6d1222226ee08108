import type { Logger } from "pino";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { STATUS_CHANGES } from "../registry/event-types.js";
import { addDelivery, addSetAside } from "./delivery-store.js";
import type { AlertEvent, CanaryEnd, RunEnd, StageMove, Told } from "./events/alert-event.js";
import { MalformedToldError, readTold } from "./events/read-told.js";
import { messageOf, setAsideAs } from "./message.js";
import { listRules, type StoredAlertRule } from "./rule-store.js";
import { Triggers } from "./triggers.js";

const PAGE = 200;

const BEGIN =
  "insert into alert_cursors (name, position) select unnest(array['runs', 'moves', 'canaries', 'states']), 0 on conflict do nothing";

/** None: another process looks through them at this moment. $1 the cursor, $2 what no rule wants to know. */
const TAKE = `
  select greatest(position, $2::bigint)::text as position from alert_cursors where name = $1 for update skip locked`;
const ADVANCE = "update alert_cursors set position = $2 where name = $1";

/** $1 after which event. */
const RUN_ENDS = `
  with page as (
    select id, run_id, at, kind, status, data from run_events where id > $1 and ${STATUS_CHANGES} order by id limit ${PAGE}
  )
  select e.id::text as id, e.run_id as "runId", e.at, e.kind, e.status, e.data, coalesce(r.params, '{}') as params,
    r.validation->'quarantined' as quarantined, r.parent_run_id as "parentRunId"
  from page e left join runs r on r.id = e.run_id order by e.id`;

/** $1 after which move. */
const MOVES = `
  select t.id::text as id, t.at, t.model, t.version, t.from_stage as "from", t.to_stage as "to", t.actor, t.forced,
    exists (select from stage_transitions e where e.model = t.model and e.version = t.version
      and e.to_stage = t.to_stage and e.id < t.id) as returns
  from stage_transitions t where t.id > $1 order by t.id limit ${PAGE}`;

/** $1 after which end. Why is asof's own word, but for one that somebody ended: that may name a person. */
const CANARY_ENDS = `
  select end_no::text as id, ended_at as at, model, version, champion, share, outcome, ended_by as actor,
    case when outcome <> 'ENDED' then reason end as reason
  from canaries where end_no > $1 order by end_no limit ${PAGE}`;

/** A kind of change whose table is its outbox: what is told of it, and up to where. */
interface Outbox<Change extends { id: string; at: Date }> {
  readonly cursor: string;
  readonly page: string;
  /** What happened up to there is not told by the rule. */
  after(rule: StoredAlertRule): string;
  /** Null: of this event nothing. What an event from outside answers is not known. */
  read(event: AlertEvent, change: Change, options: unknown): unknown;
}

/**
 * Finds what is to be told in what has changed: the tables of events and of moves are the outboxes, and one transaction writes
 * the deliveries and moves the cursor. So each change is looked at once, by whatever process, and none is lost.
 */
export class AlertCollector {
  #isBegun = false;
  readonly #triggers: Triggers;

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly logger: Logger,
  ) {
    this.#triggers = new Triggers(logger);
  }

  /** Of rules: there are some. @returns whether anything had changed */
  async collect(): Promise<boolean> {
    if (!this.#isBegun) await this.pool.query(BEGIN);
    this.#isBegun = true;
    const ends = await this.#drain<RunEnd>({
      ...{ cursor: "runs", page: RUN_ENDS, after: ({ afterEvent }) => afterEvent },
      read: ({ when }, end, options) =>
        when.of === "run" && hasEnded(end) ? when.read(end, options, this.definitions) : null,
    });
    const moves = await this.#drain<StageMove>({
      ...{ cursor: "moves", page: MOVES, after: ({ afterMove }) => afterMove },
      read: ({ when }, move, options) => (when.of === "move" ? when.read(move, options) : null),
    });
    const canaries = await this.#drain<CanaryEnd>({
      ...{ cursor: "canaries", page: CANARY_ENDS, after: ({ afterCanary }) => afterCanary },
      read: ({ when }, end, options) => (when.of === "canary" ? when.read(end, options) : null),
    });
    return ends || moves || canaries;
  }

  async #drain<Change extends { id: string; at: Date }>(outbox: Outbox<Change>): Promise<boolean> {
    for (let pages = 0; ; pages++) {
      const found = await withTransaction(this.pool, (tx) => this.#take(tx, outbox));
      if (found < PAGE) return pages > 0 || found > 0;
    }
  }

  /** @returns how many changes there were */
  async #take<Change extends { id: string; at: Date }>(tx: Client, outbox: Outbox<Change>): Promise<number> {
    const rules = await listRules(tx);
    if (rules.length === 0) return 0;
    const first = rules.map((rule) => BigInt(outbox.after(rule))).reduce((a, b) => (a < b ? a : b));
    const taken = await tx.query<{ position: string }>(TAKE, [outbox.cursor, first]);
    if (!taken.rows[0]) return 0;
    const { rows: changes } = await tx.query<Change>(outbox.page, [taken.rows[0].position]);
    if (changes.length === 0) return 0;
    for (const rule of rules) {
      for (const { event, options } of this.#triggers.of(rule))
        for (const change of changes) {
          if (BigInt(change.id) <= BigInt(outbox.after(rule))) continue;
          await this.#tell(tx, rule, event, change, () => outbox.read(event, change, options));
        }
    }
    await tx.query(ADVANCE, [outbox.cursor, changes.at(-1)!.id]);
    return changes.length;
  }

  /** An event from outside that fails, or tells what cannot be sent, must not keep all others from being told. */
  async #tell(
    tx: Client,
    { name: rule, channel }: StoredAlertRule,
    { name: type }: AlertEvent,
    { id, at }: { id: string; at: Date },
    read: () => unknown,
  ): Promise<void> {
    const occasion = { type, phase: "HAPPENED", at, deployment: this.definitions.name, rule } as const;
    const of = { rule, event: type, key: id, channel };
    let told: Told | null;
    try {
      const given = read();
      told = given == null ? null : readTold(given);
    } catch (err) {
      this.logger.error({ err, rule, event: type }, "alerts: the event cannot be told, and is set aside");
      const why = err instanceof MalformedToldError ? err.message : "it failed; the log says why";
      return addSetAside(tx, { ...of, message: setAsideAs(occasion, why) }, why);
    }
    if (told) await addDelivery(tx, { ...of, message: messageOf(occasion, told) });
  }
}

const hasEnded = ({ status }: { status: string }): boolean => status === "FAILED" || status === "SUCCEEDED";
