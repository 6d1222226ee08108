import { and, desc, eq, sql } from "drizzle-orm";
import { type Client, type Pool, withTransaction } from "../../db/pool.js";
import { scheduleFirings, schedules } from "../../db/tables/schedules.js";
import { ask, type Fields, find, jsonbValue } from "../../db/typed.js";
import { BadUserInputError } from "../../errors/errors.js";
import { ScheduleNotFoundError } from "../../errors/schedule-not-found.js";
import type { Run, RunError } from "../../registry/run.js";
import type { JobRequest, JobService } from "../job-service.js";
import { CronClock } from "./cron-clock.js";
import { resolvePlaceholders } from "./schedule-dates.js";

export interface NewSchedule extends JobRequest {
  name: string;
  /** Five fields, or six with seconds first; day of month and day of week must both hold. */
  cron: string;
  /** IANA name; the cron expression and the placeholders are read in it. */
  timezone: string;
  /** Firings missed while no worker ran, or while paused, are started afterwards, oldest first. */
  catchUp: boolean;
}

export interface Schedule extends NewSchedule {
  paused: boolean;
  /** Who set it last. */
  actor: string;
  lastFiredAt: Date | null;
  /** Null while paused, and where the expression never holds again. */
  nextAt: Date | null;
}

/** One time a schedule came due. Either it started a run or it says why not. */
export interface Firing {
  scheduledFor: Date;
  runId: string | null;
  error: RunError | null;
}

/** A row of `run_schedules`. */
export type StoredSchedule = Omit<Schedule, "nextAt"> & { dueAt: Date | null };

const SCHEDULE: Fields<StoredSchedule> = {
  name: schedules.name,
  cron: schedules.cron,
  timezone: schedules.timezone,
  kind: schedules.kind,
  params: schedules.params,
  catchUp: schedules.catch_up,
  paused: schedules.paused,
  actor: schedules.actor,
  lastFiredAt: schedules.last_fired_at,
  dueAt: schedules.due_at,
};

const FIRING: Fields<Firing> = {
  scheduledFor: scheduleFirings.scheduled_for,
  runId: scheduleFirings.run_id,
  error: scheduleFirings.error,
};

/** By hand: what is caught up begins with the first firing that was claimed and not begun, looked up in the same statement. */
const PAUSE = `
  update run_schedules s set paused = true, due_at = least(s.due_at, (
    select min(scheduled_for) from run_schedule_firings f where f.name = s.name and not f.settled and s.catch_up))
  where name = $1`;

/**
 * Cron schedules. Changing one and firing it both lock its row, so a change that was confirmed is in effect: a schedule
 * that was paused or deleted starts no more runs.
 */
export class Schedules {
  constructor(
    private readonly pool: Pool,
    private readonly jobs: JobService,
  ) {}

  /**
   * Creates the schedule, or changes the one of this name; whether it is paused stays.
   * @throws {BadUserInputError} name, cron expression, time zone, kind or parameters cannot be used
   */
  async set(schedule: NewSchedule, actor: string): Promise<Schedule> {
    const { name, cron, timezone, catchUp, kind, params } = schedule;
    parseName(name);
    const next = new CronClock(cron, timezone).next(new Date());
    if (!next) throw new BadUserInputError(`cron: ${JSON.stringify(cron)} never holds`, { cron });
    this.jobs.checkTask({ kind, params: resolvePlaceholders(params, next, timezone) });
    // What is to be caught up stays so, unless it comes due at other times from now on.
    const set = { cron, timezone, kind, params: jsonbValue(params), catch_up: catchUp, actor };
    const comesDueAsBefore = and(
      ...[schedules.catch_up, sql`excluded.catch_up`],
      ...[sql`${schedules.cron} = excluded.cron`, sql`${schedules.timezone} = excluded.timezone`],
    );
    const due_at = sql`case when ${comesDueAsBefore} then ${schedules.due_at} else excluded.due_at end`;
    const [stored] = await ask(this.pool, (query) =>
      query
        .insert(schedules)
        .values({ name, ...set, due_at: next })
        .onConflictDoUpdate({ target: schedules.name, set: { ...set, due_at } })
        .returning(SCHEDULE),
    );
    return toSchedule(stored as StoredSchedule);
  }

  /** By name. @param first how many at most; all unless given */
  async list(first: number | null = null): Promise<Schedule[]> {
    const rows = await find(this.pool, SCHEDULE, (select) => {
      const all = select.from(schedules).orderBy(sql`${schedules.name} collate "C"`);
      return first === null ? all : all.limit(first);
    });
    return rows.map(toSchedule);
  }

  /** @throws {ScheduleNotFoundError} */
  pause(name: string): Promise<Schedule> {
    return this.#change(name, async (tx) => {
      // Claimed, and not begun: it comes due no more, or is caught up.
      await tx.query(PAUSE, [name]);
      const isClaimed = and(eq(scheduleFirings.name, name), eq(scheduleFirings.settled, false));
      await ask(tx, (query) => query.delete(scheduleFirings).where(isClaimed));
    });
  }

  /** @throws {ScheduleNotFoundError} */
  resume(name: string): Promise<Schedule> {
    return this.#change(name, async (tx, { cron, timezone, catchUp, paused, dueAt }) => {
      if (!paused) return;
      const next = catchUp && dueAt ? dueAt : new CronClock(cron, timezone).next(new Date());
      const resumed = { paused: false, due_at: next };
      await ask(tx, (query) => query.update(schedules).set(resumed).where(eq(schedules.name, name)));
    });
  }

  /** Runs it started go on. @throws {ScheduleNotFoundError} */
  async delete(name: string): Promise<Schedule> {
    parseName(name);
    return withTransaction(this.pool, async (tx) => {
      const schedule = await holdSchedule(tx, name);
      if (!schedule) throw new ScheduleNotFoundError(name);
      await ask(tx, (query) => query.delete(schedules).where(eq(schedules.name, name)));
      return toSchedule(schedule);
    });
  }

  /** Starts what it would start if it came due now, paused or not. @throws {ScheduleNotFoundError} */
  async runNow(name: string, actor: string): Promise<Run> {
    const { kind, params, timezone } = await this.#find(name);
    const task = { kind, params: resolvePlaceholders(params, new Date(), timezone) };
    return this.jobs.startTask(task, actor);
  }

  /** The newest first. */
  async firings(name: string, first: number): Promise<Firing[]> {
    const isSettled = and(eq(scheduleFirings.name, name), eq(scheduleFirings.settled, true));
    return find(this.pool, FIRING, (select) =>
      select.from(scheduleFirings).where(isSettled).orderBy(desc(scheduleFirings.scheduled_for)).limit(first),
    );
  }

  async #change(
    name: string,
    change: (tx: Client, schedule: StoredSchedule) => Promise<void>,
  ): Promise<Schedule> {
    parseName(name);
    await withTransaction(this.pool, async (tx) => {
      const schedule = await holdSchedule(tx, name);
      if (!schedule) throw new ScheduleNotFoundError(name);
      await change(tx, schedule);
    });
    return this.#find(name);
  }

  async #find(name: string): Promise<Schedule> {
    parseName(name);
    const [found] = await find(this.pool, SCHEDULE, (select) =>
      select.from(schedules).where(eq(schedules.name, name)),
    );
    if (!found) throw new ScheduleNotFoundError(name);
    return toSchedule(found);
  }
}

/** To the end of the transaction. Null where it is gone. */
export async function holdSchedule(tx: Client, name: string): Promise<StoredSchedule | null> {
  const [held] = await find(tx, SCHEDULE, (select) =>
    select.from(schedules).where(eq(schedules.name, name)).for("update"),
  );
  return held ?? null;
}

const toSchedule = ({ dueAt, ...schedule }: StoredSchedule): Schedule => ({
  ...schedule,
  nextAt: schedule.paused ? null : dueAt,
});

function parseName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/.test(name)) return;
  throw new BadUserInputError(
    `name: up to 100 letters, digits, blanks, dots, dashes and underscores were expected; got ${JSON.stringify(name.slice(0, 120))}`,
    { argument: "name" },
  );
}
