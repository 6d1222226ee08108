import type { DBOSClient } from "@dbos-inc/dbos-sdk";
import { Cron } from "croner";
import { isTransient } from "../db/transient.js";
import { BadUserInputError } from "../errors/errors.js";
import { ScheduleNotFoundError } from "../errors/schedule-not-found.js";
import type { Run, RunError } from "../registry/run.js";
import { SCHEDULED_WORKFLOW } from "./engine.js";
import type { JobService } from "./job-service.js";
import { publicRunError } from "./run-errors.js";
import { resolvePlaceholders } from "./schedule-dates.js";
import type { Task, TaskStarter } from "./scheduled-tasks.js";

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

/** What DBOS keeps beside the cron expression and gives back when it comes due. */
export interface ScheduleContext extends Task {
  name: string;
  timezone: string;
  actor: string;
}

/**
 * Cron schedules on DBOS's own scheduler: every worker watches the clock, each firing is one durable workflow
 * named by schedule and instant, so it happens once however many workers there are.
 */
export class Schedules {
  constructor(
    private readonly client: DBOSClient,
    private readonly tasks: TaskStarter,
    private readonly jobs: JobService,
  ) {}

  /**
   * Creates the schedule, or changes the one of this name; whether it is paused stays.
   * @throws {BadUserInputError} name, cron expression, time zone, kind or parameters cannot be used
   */
  async set(schedule: NewSchedule, actor: string): Promise<Schedule> {
    const { name, cron, timezone, catchUp, kind, params } = schedule;
    parseName(name);
    const next = parseCron(cron, timezone).nextRun();
    if (!next) throw new BadUserInputError(`cron: ${JSON.stringify(cron)} never holds`, { cron });
    this.tasks.prepare({ kind, params: resolvePlaceholders(params, next, timezone) });
    const context: ScheduleContext = { name, kind, params, timezone, actor };
    try {
      await this.client.applySchedules([
        {
          scheduleName: name,
          workflowName: SCHEDULED_WORKFLOW,
          schedule: cron,
          context,
          automaticBackfill: catchUp,
          cronTimezone: timezone,
        },
      ]);
    } catch (error) {
      throw isTransient(error) ? error : asRefusal(error, cron);
    }
    return this.#find(name);
  }

  async list(): Promise<Schedule[]> {
    const schedules = await this.client.listSchedules();
    return schedules.map(toSchedule).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws {ScheduleNotFoundError} */
  async pause(name: string): Promise<Schedule> {
    await this.#find(name);
    await this.client.pauseSchedule(name);
    return this.#find(name);
  }

  /** @throws {ScheduleNotFoundError} */
  async resume(name: string): Promise<Schedule> {
    await this.#find(name);
    await this.client.resumeSchedule(name);
    return this.#find(name);
  }

  /** Runs it started go on. @throws {ScheduleNotFoundError} */
  async delete(name: string): Promise<Schedule> {
    const schedule = await this.#find(name);
    await this.client.deleteSchedule(name);
    return schedule;
  }

  /** Starts what it would start if it came due now, paused or not. @throws {ScheduleNotFoundError} */
  async runNow(name: string, actor: string): Promise<Run> {
    const { kind, params, timezone } = await this.#find(name);
    const task = { kind, params: resolvePlaceholders(params, new Date(), timezone) };
    return this.tasks.prepare(task)(this.jobs, actor);
  }

  /** The newest first. */
  async firings(name: string, first: number): Promise<Firing[]> {
    const workflows = await this.client.listWorkflows({
      scheduleName: name,
      limit: first,
      sortDesc: true,
      loadInput: true,
      loadOutput: true,
    });
    return workflows.map(({ input, output, error }) => ({
      scheduledFor: new Date((input as [Date])[0]),
      ...((output as Outcome | null | undefined) ?? {
        runId: null,
        error: error ? publicRunError(error, null) : null,
      }),
    }));
  }

  async #find(name: string): Promise<Schedule> {
    parseName(name);
    const schedule = await this.client.getSchedule(name);
    if (!schedule) throw new ScheduleNotFoundError(name);
    return toSchedule(schedule);
  }
}

export type Outcome = Omit<Firing, "scheduledFor">;
type StoredSchedule = NonNullable<Awaited<ReturnType<DBOSClient["getSchedule"]>>>;

function toSchedule(stored: StoredSchedule): Schedule {
  const { kind, params, timezone, actor } = stored.context as ScheduleContext;
  const paused = stored.status === "PAUSED";
  return {
    name: stored.scheduleName,
    cron: stored.schedule,
    timezone,
    catchUp: stored.automaticBackfill,
    kind,
    params,
    paused,
    actor,
    lastFiredAt: stored.lastFiredAt === null ? null : new Date(stored.lastFiredAt),
    nextAt: paused ? null : parseCron(stored.schedule, timezone).nextRun(),
  };
}

function parseName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/.test(name)) return;
  throw new BadUserInputError(
    `name: up to 100 letters, digits, blanks, dots, dashes and underscores were expected; got ${JSON.stringify(name.slice(0, 120))}`,
    { argument: "name" },
  );
}

/** DBOS's own matcher is not public; with `domAndDow` this one agrees with it on when an expression holds. */
function parseCron(cron: string, timezone: string): Cron {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
  } catch {
    throw new BadUserInputError(
      `timezone: an IANA name such as "Europe/Berlin" was expected; got ${JSON.stringify(timezone)}`,
      { timezone },
    );
  }
  try {
    return new Cron(cron, { timezone, domAndDow: true });
  } catch (error) {
    throw asRefusal(error, cron);
  }
}

function asRefusal(error: unknown, cron: string): Error {
  return new BadUserInputError(
    `cron: ${JSON.stringify(cron)} cannot be used: ${(error as Error).message}; ` +
      'five fields were expected, minute hour day month weekday, such as "0 3 1 * *"',
    { cron },
  );
}
