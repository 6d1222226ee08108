import { describe, expect, it } from "vitest";
import { CronClock } from "../../../src/jobs/schedules/cron-clock.js";

/** The next instants, in UTC, to the minute. */
function next(cron: string, timezone: string, after: string, count: number): string[] {
  const clock = new CronClock(cron, timezone);
  const instants: string[] = [];
  let at: Date | null = new Date(after);
  while (instants.length < count) {
    at = clock.next(at);
    if (!at) break;
    instants.push(at.toISOString().slice(0, 16));
  }
  return instants;
}

describe("a time that does not exist comes due once, right after the gap", () => {
  it.each([
    [
      "Europe/Berlin",
      "30 2 * * *",
      "2024-03-30T00:00Z",
      ["2024-03-30T01:30", "2024-03-31T01:00", "2024-04-01T00:30"],
    ],
    [
      "Europe/Berlin, once a year",
      "30 2 29 3 *",
      "2026-01-01T00:00Z",
      ["2026-03-29T01:00", "2027-03-29T00:30"],
    ],
    [
      "Europe/Berlin, several times within it",
      "*/20 * * * *",
      "2024-03-31T00:30Z",
      ["2024-03-31T00:40", "2024-03-31T01:00", "2024-03-31T01:20"],
    ],
    ["America/New_York", "30 2 * * *", "2024-03-09T12:00Z", ["2024-03-10T07:00", "2024-03-11T06:30"]],
    [
      "America/Santiago, at midnight",
      "30 0 * * *",
      "2024-09-07T12:00Z",
      ["2024-09-08T04:00", "2024-09-09T03:30"],
    ],
    [
      "Australia/Lord_Howe, half an hour",
      "15 2 * * *",
      "2024-10-05T00:00Z",
      ["2024-10-05T15:30", "2024-10-06T15:15"],
    ],
    [
      "Africa/Casablanca, after Ramadan",
      "30 2 * * *",
      "2024-04-13T12:00Z",
      ["2024-04-14T02:00", "2024-04-15T01:30"],
    ],
    [
      "Pacific/Apia, a whole day",
      "0 12 30 12 *",
      "2011-01-01T00:00Z",
      ["2011-12-30T10:00", "2012-12-29T22:00"],
    ],
  ])("%s", (zone, cron, after, expected) => {
    expect(next(cron, zone.split(",")[0]!, after, expected.length)).toEqual(expected);
  });
});

describe("a time that comes twice comes due once, the first time", () => {
  it.each([
    [
      "Europe/Berlin",
      "30 2 * * *",
      "2024-10-26T00:00Z",
      ["2024-10-26T00:30", "2024-10-27T00:30", "2024-10-28T01:30"],
    ],
    [
      "Europe/Berlin, each hour",
      "0 * * * *",
      "2024-10-26T23:30Z",
      ["2024-10-27T00:00", "2024-10-27T02:00", "2024-10-27T03:00"],
    ],
    ["America/New_York", "30 1 * * *", "2024-11-02T12:00Z", ["2024-11-03T05:30", "2024-11-04T06:30"]],
    [
      "America/Santiago, before midnight",
      "30 23 * * *",
      "2024-04-05T12:00Z",
      ["2024-04-06T02:30", "2024-04-07T02:30", "2024-04-08T03:30"],
    ],
    [
      "Australia/Lord_Howe, half an hour",
      "45 1 * * *",
      "2024-04-05T12:00Z",
      ["2024-04-05T14:45", "2024-04-06T14:45", "2024-04-07T15:15"],
    ],
    [
      "Africa/Casablanca, before Ramadan",
      "30 2 * * *",
      "2024-03-09T12:00Z",
      ["2024-03-10T01:30", "2024-03-11T02:30"],
    ],
  ])("%s", (zone, cron, after, expected) => {
    expect(next(cron, zone.split(",")[0]!, after, expected.length)).toEqual(expected);
  });
});

it.each([
  [
    "a leap day",
    "0 0 29 2 *",
    "2023-01-01T00:00Z",
    ["2024-02-29T00:00", "2028-02-29T00:00", "2032-02-29T00:00"],
  ],
  ["a leap day that is none in a hundred years", "0 0 29 2 *", "2096-03-01T00:00Z", ["2104-02-29T00:00"]],
  ["the last day of each month", "0 12 L * *", "2024-01-01T00:00Z", ["2024-01-31T12:00", "2024-02-29T12:00"]],
  ["day and weekday, both", "0 3 13 * fri", "2024-01-01T00:00Z", ["2024-09-13T03:00", "2024-12-13T03:00"]],
  ["a day that never comes", "0 0 30 2 *", "2024-01-01T00:00Z", []],
])("%s", (_, cron, after, expected) => {
  expect(next(cron, "UTC", after, expected.length || 1)).toEqual(expected);
});

it.each(["2024-01-01T00:00:00", "* * * * * * 2030", "61 * * * *", ""])("%j is refused", (cron) => {
  expect(() => new CronClock(cron, "UTC")).toThrow(/^cron: .* cannot be used/);
});
