import { type Client, type Pool, withTransaction } from "../../db/pool.js";
import { BadUserInputError } from "../../errors/errors.js";
import { ScheduleNotFoundError } from "../../errors/schedule-not-found.js";
import type { Run, RunError } from "../../registry/run.js";
import type { JobService, Task } from "../job-service.js";
import { CronClock } from "./cron-clock.js";
import { resolvePlaceholders } from "./schedule-dates.js";

export interface NewSchedule extends Task {
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

export const SCHEDULE_COLUMNS = `name, cron, timezone, kind, params, catch_up as "catchUp", paused, actor,
  last_fired_at as "lastFiredAt", due_at as "dueAt"`;

/**
 * Cron schedules. Whoever changes one, and whoever fires it, holds its row: what was answered is so, and a schedule
 * that was paused or deleted starts nothing any more.
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
    const { rows } = await this.pool.query<StoredSchedule>(
      `insert into run_schedules as s (name, cron, timezone, kind, params, catch_up, actor, due_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (name) do update set cron = excluded.cron, timezone = excluded.timezone, kind = excluded.kind,
         params = excluded.params, catch_up = excluded.catch_up, actor = excluded.actor,
         due_at = case when s.catch_up and excluded.catch_up and s.cron = excluded.cron and s.timezone = excluded.timezone
           then s.due_at else excluded.due_at end
       returning ${SCHEDULE_COLUMNS}`,
      [name, cron, timezone, kind, JSON.stringify(params), catchUp, actor, next],
    );
    return toSchedule(rows[0]!);
  }

  /** By name. @param first how many at most; all unless given */
  async list(first: number | null = null): Promise<Schedule[]> {
    const { rows } = await this.pool.query<StoredSchedule>(
      `select ${SCHEDULE_COLUMNS} from run_schedules order by name collate "C" limit $1`,
      [first],
    );
    return rows.map(toSchedule);
  }

  /** @throws {ScheduleNotFoundError} */
  pause(name: string): Promise<Schedule> {
    return this.#change(name, async (tx) => {
      // Claimed, and not begun: it comes due no more, or is caught up.
      await tx.query(
        `update run_schedules s set paused = true, due_at = least(s.due_at, (
           select min(scheduled_for) from run_schedule_firings f where f.name = s.name and not f.settled and s.catch_up))
         where name = $1`,
        [name],
      );
      await tx.query("delete from run_schedule_firings where name = $1 and not settled", [name]);
    });
  }

  /** @throws {ScheduleNotFoundError} */
  resume(name: string): Promise<Schedule> {
    return this.#change(name, async (tx, { cron, timezone, catchUp, paused, dueAt }) => {
      if (!paused) return;
      const next = catchUp && dueAt ? dueAt : new CronClock(cron, timezone).next(new Date());
      await tx.query("update run_schedules set paused = false, due_at = $2 where name = $1", [name, next]);
    });
  }

  /** Runs it started go on. @throws {ScheduleNotFoundError} */
  async delete(name: string): Promise<Schedule> {
    parseName(name);
    return withTransaction(this.pool, async (tx) => {
      const schedule = await holdSchedule(tx, name);
      if (!schedule) throw new ScheduleNotFoundError(name);
      await tx.query("delete from run_schedules where name = $1", [name]);
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
    const { rows } = await this.pool.query<Firing>(
      `select scheduled_for as "scheduledFor", run_id as "runId", error from run_schedule_firings
       where name = $1 and settled order by scheduled_for desc limit $2`,
      [name, first],
    );
    return rows;
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
    const { rows } = await this.pool.query<StoredSchedule>(
      `select ${SCHEDULE_COLUMNS} from run_schedules where name = $1`,
      [name],
    );
    if (!rows[0]) throw new ScheduleNotFoundError(name);
    return toSchedule(rows[0]);
  }
}

/** To the end of the transaction. Null where it is gone. */
export async function holdSchedule(tx: Client, name: string): Promise<StoredSchedule | null> {
  const { rows } = await tx.query<StoredSchedule>(
    `select ${SCHEDULE_COLUMNS} from run_schedules where name = $1 for update`,
    [name],
  );
  return rows[0] ?? null;
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
