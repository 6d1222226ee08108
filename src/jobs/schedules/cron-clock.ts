import { Cron } from "croner";
import { BadUserInputError } from "../../errors/errors.js";

/**
 * When a cron expression comes due in a time zone: the one clock that schedules fire by and announce. Every time of day
 * that matches comes due once: one that does not exist, because clocks are put forward, right after the gap; one that
 * comes twice, because they are put back, the first time.
 */
export class CronClock {
  /** Which times of day match, as if there were no zones. */
  readonly #wall: Cron;
  readonly #zone: Zone;

  /** @throws {BadUserInputError} the expression or the time zone cannot be used */
  constructor(cron: string, timezone: string) {
    this.#zone = new Zone(timezone);
    if (/^\s*\d{4}-/.test(cron)) throw refusal(cron, "it is a date, which comes but once; ");
    try {
      this.#wall = new Cron(cron, { timezone: "UTC", domAndDow: true, mode: "5-or-6-parts" });
    } catch {
      // In the parser's words it would name parts that no caller knows.
      throw refusal(cron, "");
    }
  }

  /** The first instant after this one; null where none comes any more. */
  next(after: Date): Date | null {
    // What the clock showed earlier on came due at this instant at the latest.
    let wall: Date | null = new Date(this.#zone.wallAt(after.getTime()));
    for (;;) {
      wall = this.#wall.nextRun(wall);
      if (!wall) return null;
      const instant = this.#zone.firstReaching(wall.getTime());
      if (instant > after.getTime()) return new Date(instant);
    }
  }
}

const DAY_MS = 86_400_000;

/** A wall time is written as the instant at which UTC's clock would show it. */
class Zone {
  readonly #format: Intl.DateTimeFormat;

  constructor(timezone: string) {
    try {
      this.#format = new Intl.DateTimeFormat("en-US", {
        ...{ timeZone: timezone, hourCycle: "h23", era: "short" },
        ...{ year: "numeric", month: "numeric", day: "numeric" },
        ...{ hour: "numeric", minute: "numeric", second: "numeric" },
      });
    } catch {
      throw new BadUserInputError(
        `timezone: an IANA name such as "Europe/Berlin" was expected; got ${JSON.stringify(timezone)}`,
        { timezone },
      );
    }
  }

  /** What its clocks show at an instant. */
  wallAt(instant: number): number {
    const seconds = Math.floor(instant / 1000) * 1000;
    const parts = Object.fromEntries(
      this.#format.formatToParts(seconds).map(({ type, value }) => [type, Number(value)]),
    );
    const { year, month, day, hour, minute, second } = parts as Record<string, number>;
    return Date.UTC(year!, month! - 1, day!, hour, minute, second) + (instant - seconds);
  }

  /** The first instant at which its clocks show this time, or a later one where they jump over it. */
  firstReaching(wall: number): number {
    const [earlier, later] = [wall - DAY_MS, wall + DAY_MS].map((instant) => this.wallAt(instant) - instant);
    const shown = [wall - earlier!, wall - later!].filter((instant) => this.wallAt(instant) === wall);
    if (shown.length > 0) return Math.min(...shown);
    // In between the offset changes once; everything before shows less, everything after more.
    let [before, after] = [wall - DAY_MS, wall + DAY_MS];
    while (after - before > 1000) {
      const middle = Math.floor((before + after) / 2000) * 1000;
      if (this.wallAt(middle) < wall) before = middle;
      else after = middle;
    }
    return after;
  }
}

function refusal(cron: string, why: string): BadUserInputError {
  return new BadUserInputError(
    `cron: ${JSON.stringify(cron)} cannot be used: ${why}five fields were expected, minute (0-59) hour (0-23) day (1-31) ` +
      'month (1-12) weekday (0-7), such as "0 3 1 * *"; or six, with seconds (0-59) first',
    { cron },
  );
}
