import { describe, expect, it } from "vitest";
import type { Retention } from "../../src/definitions/language/deployment.js";
import { keptDates } from "../../src/features/retention-grid.js";

/** Every date from one to another. */
function days(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let at = new Date(`${from}T00:00:00Z`); ; at = new Date(at.getTime() + 86_400_000)) {
    const date = at.toISOString().slice(0, 10);
    if (date > to) return dates;
    dates.push(date);
  }
}

const keptOf = (policy: Retention, dates: readonly string[]) => {
  const { limit, reasonFor } = keptDates(policy, dates);
  return { limit, kept: dates.filter((date) => reasonFor(date) !== null) };
};

describe("what a retention keeps", () => {
  it("is every date of the newest days, then the newest of each week, then of each month", () => {
    // The last is a Wednesday.
    const dates = days("2024-01-01", "2024-05-15");
    expect(keptOf({ keepDays: 3, keepWeeks: 3, keepMonths: 4 }, dates)).toEqual({
      limit: "2024-05-13",
      kept: [
        ...["2024-02-29", "2024-03-31", "2024-04-30"],
        ...["2024-05-05", "2024-05-12", "2024-05-13", "2024-05-14", "2024-05-15"],
      ],
    });
    const { reasonFor } = keptDates({ keepDays: 3, keepWeeks: 3, keepMonths: 4 }, dates);
    expect(["2024-05-14", "2024-05-12", "2024-02-29", "2024-05-11", "2024-01-31"].map(reasonFor)).toEqual([
      "not before 2024-05-13",
      "the newest of its week",
      "the newest of its month",
      null,
      null,
    ]);
  });

  it("is every date of the months where neither days nor weeks are named", () => {
    const dates = days("2024-03-20", "2024-05-02");
    expect(keptOf({ keepMonths: 2 }, dates)).toEqual({
      limit: "2024-04-01",
      kept: days("2024-04-01", "2024-05-02"),
    });
  });

  it("counts weeks from Monday, across the end of a year and before 1970", () => {
    expect(keptOf({ keepWeeks: 2 }, days("2024-12-20", "2025-01-02")).kept).toEqual([
      "2024-12-29",
      "2025-01-02",
    ]);
    expect(keptOf({ keepWeeks: 2 }, days("1968-12-20", "1969-01-02")).kept).toEqual([
      "1968-12-29",
      "1969-01-02",
    ]);
  });

  it("counts periods of the calendar, those without a snapshot too", () => {
    const dates = ["2023-01-31", "2023-06-30", "2024-03-10", "2024-03-31"];
    expect(keptOf({ keepDays: 1, keepMonths: 9 }, dates).kept).toEqual(["2024-03-31"]);
    expect(keptOf({ keepDays: 1, keepMonths: 10 }, dates).kept).toEqual(["2023-06-30", "2024-03-31"]);
  });

  it("always is the newest, and nothing where there is none", () => {
    for (const policy of [{ keepDays: 1 }, { keepWeeks: 1 }, { keepMonths: 1 }, { keepDays: 1e6 }]) {
      expect(keptOf(policy, ["2024-02-29"]).kept).toEqual(["2024-02-29"]);
      expect(keptOf(policy, [])).toEqual({ limit: null, kept: [] });
    }
  });

  it("grows with each number", () => {
    const dates = days("2022-12-25", "2024-03-03");
    let before: string[] = [];
    for (let n = 1; n <= 40; n++) {
      const { kept } = keptOf({ keepDays: n, keepWeeks: n, keepMonths: n }, dates);
      expect(kept).toEqual(expect.arrayContaining(before));
      before = kept;
    }
    expect(before.length).toBeLessThan(dates.length);
  });
});
