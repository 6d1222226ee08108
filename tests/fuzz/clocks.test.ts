import fc from "fast-check";
import { expect, it } from "vitest";
import { CronClock } from "../../src/jobs/schedules/cron-clock.js";
import { fuzz, fuzzTimeoutMs } from "./budget.js";

const ZONES = [
  ...["UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe"],
  ...["Africa/Casablanca", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "Pacific/Chatham"],
];
const part = (min: number, max: number) =>
  fc.oneof(
    fc.constant("*"),
    fc.integer({ min, max }).map(String),
    fc.integer({ min: 2, max: 20 }).map((step) => `*/${step}`),
  );
const crons = fc
  .tuple(
    part(0, 59),
    part(0, 23),
    fc.constantFrom("*", "*", "1", "29", "L"),
    fc.constantFrom("*", "3", "10,11"),
  )
  .map(([minute, hour, day, month]) => `${minute} ${hour} ${day} ${month} *`);

/** What the zone's clocks show, to the minute. */
const shown = (instant: Date, timeZone: string): string =>
  instant.toLocaleString("sv", { timeZone, dateStyle: "short", timeStyle: "short" });

it(
  "each time of day comes due once: at itself the first time it is shown, or right after the gap that it is in",
  () =>
    fuzz(
      fc.tuple(crons, fc.constantFrom(...ZONES), fc.integer({ min: 0, max: 20 * 365 * 24 * 60 })),
      60,
      async ([cron, zone, minutes]) => {
        const clock = new CronClock(cron, zone);
        const wall = new CronClock(cron, "UTC");
        let at = new Date(Date.UTC(2010, 0, 1) + minutes * 60_000);
        for (let i = 0; i < 30; i++) {
          const due = clock.next(at);
          if (!due) return;
          expect(due.getTime()).toBeGreaterThan(at.getTime());
          // Asked from any instant in between, the same comes next.
          const between = new Date((at.getTime() + due.getTime()) / 2);
          if (between < due) expect(clock.next(between)).toEqual(due);
          const text = shown(due, zone);
          const asUtc = new Date(`${text.replace(" ", "T")}:00Z`);
          const matches = wall.next(new Date(asUtc.getTime() - 1))?.getTime() === asUtc.getTime();
          const before = shown(new Date(due.getTime() - 60_000), zone);
          const jumped = new Date(`${before.replace(" ", "T")}:00Z`).getTime() + 60_000 < asUtc.getTime();
          expect([cron, zone, due.toISOString(), matches || jumped]).toEqual([
            cron,
            zone,
            due.toISOString(),
            true,
          ]);
          at = due;
        }
      },
    ),
  fuzzTimeoutMs,
);
