import { setTimeout as delay } from "node:timers/promises";
import { and, asc, eq, sql } from "drizzle-orm";
import type { Logger } from "pino";
import { type Client, type Pool, withTransaction } from "../../db/pool.js";
import { scheduleFirings, schedules } from "../../db/tables/schedules.js";
import { isTransient } from "../../db/transient.js";
import { ask, find, jsonbValue } from "../../db/typed.js";
import type { RunError } from "../../registry/run.js";
import { derivedRunId } from "../engine/derived-run-id.js";
import { publicRunError } from "../engine/run-errors.js";
import type { JobService } from "../job-service.js";
import { CronClock } from "./cron-clock.js";
import { resolvePlaceholders } from "./schedule-dates.js";
import { holdSchedule, type StoredSchedule } from "./schedules.js";

const HAS_UNSETTLED = sql`exists (
  select 1 from run_schedule_firings f where f.name = ${schedules}.name and not f.settled)`;

/** By hand: all but the newest of a schedule, in one statement. $1 its name, $2 how many are kept. */
const FORGET_OLD_FIRINGS = `
  delete from run_schedule_firings where name = $1 and settled and scheduled_for < (
    select scheduled_for from run_schedule_firings where name = $1 order by scheduled_for desc offset $2 limit 1)`;

/** How soon a new or resumed schedule takes effect. */
const POLLING_MS = 5_000;
/** What came due longer ago was missed: it is caught up, or left out. */
const LATE_MS = 15_000;
/** Claimed at a time: what is caught up after years must not be one statement. */
const CLAIMED = 500;
const KEPT_FIRINGS = 1_000;

/** What schedules are watched by; operators and NTP set it. */
export interface ScheduleClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Returns early where it is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const SYSTEM_CLOCK: ScheduleClock = {
  now: Date.now,
  wait: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
};

/**
 * Fires schedules when they come due, in every process with an engine. A firing is claimed as a row of its schedule and
 * instant, so it happens once, however many processes there are. The process that holds the lock on the schedule's row
 * settles it by starting the run: the one that claimed it, or another one after that died.
 */
export class ScheduleFiring {
  readonly #stopping = new AbortController();
  #watching: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    /** The job service whose next run has that id, once. */
    private readonly jobs: (runId: string) => JobService,
    private readonly logger: Logger,
    private readonly clock: ScheduleClock = SYSTEM_CLOCK,
  ) {}

  start(): void {
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const pauseMs = await this.#fireDue().catch((error: Error) => {
        this.logger.warn({ err: error }, "schedules could not be looked at; trying again");
        return POLLING_MS;
      });
      await this.clock.wait(pauseMs, signal);
    }
  }

  /** @returns how long until something may come due */
  async #fireDue(): Promise<number> {
    const rows = await find<{ name: string; dueAt: Date | null; unsettled: boolean }>(
      this.pool,
      { name: schedules.name, dueAt: schedules.due_at, unsettled: HAS_UNSETTLED },
      (select) => select.from(schedules).where(eq(schedules.paused, false)),
    );
    let next = this.clock.now() + POLLING_MS;
    for (const { name, dueAt, unsettled } of rows) {
      if (this.#stopping.signal.aborted) break;
      const isDue = dueAt !== null && dueAt.getTime() <= this.clock.now();
      const due = isDue ? await this.#claim(name) : dueAt;
      if (isDue || unsettled) await this.#settleAll(name);
      if (due) next = Math.min(next, due.getTime());
    }
    return Math.max(0, next - this.clock.now());
  }

  /** Notes what came due until now. @returns when it comes due next */
  #claim(name: string): Promise<Date | null> {
    return withTransaction(this.pool, async (tx) => {
      const schedule = await holdSchedule(tx, name);
      // Another process was first, or it was changed.
      if (!schedule || schedule.paused || !schedule.dueAt || schedule.dueAt.getTime() > this.clock.now()) {
        return schedule?.paused ? null : (schedule?.dueAt ?? null);
      }
      const { claimed, next } = dueUntil(schedule, schedule.dueAt, new Date(this.clock.now()));
      const firings = claimed.map((scheduled_for) => ({ name, scheduled_for }));
      if (firings.length > 0)
        await ask(tx, (query) => query.insert(scheduleFirings).values(firings).onConflictDoNothing());
      const last = claimed.at(-1);
      const moved = last ? { due_at: next, last_fired_at: last } : { due_at: next };
      await ask(tx, (query) => query.update(schedules).set(moved).where(eq(schedules.name, name)));
      await tx.query(FORGET_OLD_FIRINGS, [name, KEPT_FIRINGS]);
      return next;
    });
  }

  /** Oldest first. */
  async #settleAll(name: string): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const more = await withTransaction(this.pool, async (tx) => {
        const schedule = await holdSchedule(tx, name);
        return schedule !== null && !schedule.paused && (await this.#settleOldest(tx, schedule));
      });
      if (!more) return;
    }
  }

  /** False where there is none. What cannot be started is the firing's outcome, not a failure to be tried again. */
  async #settleOldest(tx: Client, schedule: StoredSchedule): Promise<boolean> {
    const { name } = schedule;
    const isUnsettled = and(eq(scheduleFirings.name, name), eq(scheduleFirings.settled, false));
    const [oldest] = await find<{ at: Date }>(tx, { at: scheduleFirings.scheduled_for }, (select) =>
      select.from(scheduleFirings).where(isUnsettled).orderBy(asc(scheduleFirings.scheduled_for)).limit(1),
    );
    if (!oldest) return false;
    const { at } = oldest;
    const { runId, error } = await this.#startRun(schedule, at);
    const outcome = { settled: true, run_id: runId, error: error && jsonbValue(error) };
    const isIt = and(eq(scheduleFirings.name, name), eq(scheduleFirings.scheduled_for, at));
    await ask(tx, (query) => query.update(scheduleFirings).set(outcome).where(isIt));
    return true;
  }

  /** Repeated after a crash, it finds the run it had started. @throws {Error} the database is away */
  async #startRun(
    { name, kind, params, timezone }: StoredSchedule,
    at: Date,
  ): Promise<{ runId: string | null; error: RunError | null }> {
    try {
      const task = { kind, params: resolvePlaceholders(params, at, timezone) };
      const jobs = this.jobs(derivedRunId(`sched-${name}-${at.toISOString()}`, "run"));
      const run = await jobs.startTask(task, `schedule:${name}`);
      return { runId: run.id, error: null };
    } catch (error) {
      if (isTransient(error)) throw error;
      const failure = publicRunError(error, null);
      if (failure.code === "INTERNAL_SERVER_ERROR") {
        this.logger.error({ err: error, schedule: name }, "a schedule could not start its run");
      }
      return { runId: null, error: failure };
    }
  }
}

/** What came due from `first` until now and is to be fired, and when it comes due next. */
function dueUntil(
  { cron, timezone, catchUp }: StoredSchedule,
  first: Date,
  now: Date,
): { claimed: Date[]; next: Date | null } {
  const clock = new CronClock(cron, timezone);
  const missedBefore = now.getTime() - LATE_MS;
  const claimed: Date[] = [];
  let at: Date | null =
    catchUp || first.getTime() >= missedBefore ? first : clock.next(new Date(missedBefore - 1));
  while (at && at <= now && claimed.length < CLAIMED) {
    claimed.push(at);
    at = clock.next(at);
  }
  return { claimed, next: at };
}
