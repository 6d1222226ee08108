import { and, asc, eq, notInArray, sql } from "drizzle-orm";
import type { Client, Pool, Queryable } from "../db/pool.js";
import { withTransaction } from "../db/pool.js";
import { alertRules } from "../db/tables/alerts.js";
import { ask, type Fields, find, jsonbValue } from "../db/typed.js";
import { AlertNotFoundError } from "../errors/alert-not-found.js";
import { ConflictError } from "../errors/errors.js";
import type { ReadAlertRule } from "./declared.js";

/** A rule as it is stored. */
export interface StoredAlertRule extends ReadAlertRule {
  /** By the definitions; only they change it. */
  declared: boolean;
  actor: string;
  changedAt: Date;
  afterEvent: string;
  afterMove: string;
  afterCanary: string;
}

const RULE: Fields<StoredAlertRule> = {
  name: alertRules.name,
  triggers: alertRules.triggers,
  channel: alertRules.channel,
  options: alertRules.options,
  declared: alertRules.declared,
  actor: alertRules.actor,
  changedAt: alertRules.changed_at,
  afterEvent: sql`${alertRules.after_event}::text`,
  afterMove: sql`${alertRules.after_move}::text`,
  afterCanary: sql`${alertRules.after_canary}::text`,
};

/** A rule that nobody can read through is of no use. */
const MOST_RULES = 200;
const DECLARED_BY = "definitions";

/** By hand: what waits for a rule that is gone is sent to nobody. $1 their names */
const BURY = `
  update alert_deliveries set state = 'DEAD', leased_until = null, last_error = 'the rule was deleted'
  where state = 'PENDING' and rule = any($1)`;

export class AlertRuleStore {
  constructor(private readonly pool: Pool) {}

  /** By name. */
  list(first: number | null = null): Promise<StoredAlertRule[]> {
    return listRules(this.pool, first);
  }

  /** Whether there is anybody to tell: the cheapest that can be asked. */
  async any(): Promise<boolean> {
    const { rows } = await this.pool.query<{ any: boolean }>(
      "select exists (select from alert_rules) as any",
    );
    return rows[0]!.any;
  }

  /** @throws {AlertNotFoundError} */
  async get(name: string): Promise<StoredAlertRule> {
    const [found] = await find(this.pool, RULE, (select) =>
      select.from(alertRules).where(eq(alertRules.name, name)),
    );
    if (!found) throw new AlertNotFoundError("rule", name);
    return found;
  }

  /** @throws {ConflictError} the definitions declare one of that name, or there are too many */
  async set(rule: ReadAlertRule, actor: string): Promise<StoredAlertRule> {
    return withTransaction(this.pool, async (tx) => {
      await lockRules(tx);
      const rules = await listRules(tx);
      const present = rules.find(({ name }) => name === rule.name);
      if (present) requireOwn(present);
      else if (rules.length >= MOST_RULES)
        throw new ConflictError(`there are ${MOST_RULES} alert rules already; delete one first`);
      return write(tx, rule, actor, false);
    });
  }

  /** What waits for it is sent no more. @throws {AlertNotFoundError} @throws {ConflictError} the definitions declare it */
  async delete(name: string): Promise<StoredAlertRule> {
    return withTransaction(this.pool, async (tx) => {
      await lockRules(tx);
      const rule = (await listRules(tx)).find((each) => each.name === name);
      if (!rule) throw new AlertNotFoundError("rule", name);
      requireOwn(rule);
      await remove(tx, [name]);
      return rule;
    });
  }

  /** Brings what is declared into line with these, at each start; one set through the API under such a name becomes it. */
  async declare(rules: readonly ReadAlertRule[]): Promise<void> {
    const names = rules.map(({ name }) => name);
    await withTransaction(this.pool, async (tx) => {
      await lockRules(tx);
      const gone = await find<{ name: string }>(tx, { name: alertRules.name }, (select) =>
        select
          .from(alertRules)
          .where(and(eq(alertRules.declared, true), notInArray(alertRules.name, ["", ...names]))),
      );
      await remove(
        tx,
        gone.map(({ name }) => name),
      );
      for (const rule of rules) await write(tx, rule, DECLARED_BY, true);
    });
  }
}

export function listRules(db: Queryable, first: number | null = null): Promise<StoredAlertRule[]> {
  return find(db, RULE, (select) => {
    const all = select.from(alertRules).orderBy(asc(sql`${alertRules.name} collate "C"`));
    return first === null ? all : all.limit(first);
  });
}

/** Changes of rules happen one after another. */
const lockRules = async (tx: Client): Promise<void> => {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_alert_rules', 0))");
};

/** Once it commits, every process hears that rules changed. */
const tellProcesses = (tx: Client) => tx.query("select pg_notify('asof_alert_rules', '')");

/** Until it commits no rule is changed or deleted; what is sent for one does not wait. */
export const keepRules = async (tx: Client): Promise<void> => {
  await tx.query("select pg_advisory_xact_lock_shared(hashtextextended('asof_alert_rules', 0))");
};

/** What has begun for it goes with it. */
async function remove(tx: Client, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await tx.query(BURY, [names]);
  await tx.query("delete from alert_rules where name = any($1)", [names]);
  await tellProcesses(tx);
}

/** One that is there keeps from when on it is told. */
async function write(
  tx: Client,
  rule: ReadAlertRule,
  actor: string,
  declared: boolean,
): Promise<StoredAlertRule> {
  const { name, triggers, channel, options } = rule;
  const set = { triggers: jsonbValue(triggers), channel, options: jsonbValue(options), declared, actor };
  // What lasts and is told no more by this rule would never end.
  await tx.query("delete from alert_conditions where rule = $1 and not event = any($2)", [
    name,
    Object.keys(triggers),
  ]);
  const [stored] = await ask(tx, (query) =>
    query
      .insert(alertRules)
      .values({
        ...{ name, ...set },
        after_event: sql`(select coalesce(max(id), 0) from run_events)`,
        after_move: sql`(select coalesce(max(id), 0) from stage_transitions)`,
        after_canary: sql`(select coalesce(max(end_no), 0) from canaries)`,
      })
      .onConflictDoUpdate({ target: alertRules.name, set: { ...set, changed_at: sql`clock_timestamp()` } })
      .returning(RULE),
  );
  await tellProcesses(tx);
  return stored as StoredAlertRule;
}

function requireOwn({ name, declared }: StoredAlertRule): void {
  if (!declared) return;
  throw new ConflictError(
    `the definitions declare the alert rule ${JSON.stringify(name)}: change it there, or take another name`,
    { name },
  );
}
