import { describe, expect, it } from "vitest";
import { splitDates } from "../../../src/jobs/training/split-dates.js";

const snapshot = { id: 1, revision: 1, contentSha256: "00" };
/** `01 02`: features of January's end, labels of February's. */
const datesOf = (...pairs: string[]) =>
  pairs.map((pair) => {
    const [asOf, labelAsOf] = pair.split(" ").map((month) => `2024-${month}-28`) as [string, string];
    return { asOf, labelAsOf, snapshot, labelSnapshot: snapshot };
  });

const YEAR = datesOf("01 02", "02 03", "03 04", "04 05", "05 06", "06 07", "07 08", "08 09");

describe("a split by time", () => {
  it.each([
    [0.25, "2024-07-28"],
    [0.5, "2024-05-28"],
    [0.05, "2024-08-28"],
  ])("of the share %f holds out the dates from %s on", (testFraction, from) => {
    const { dates, leftOut, heldOutFrom } = splitDates(
      { dates: YEAR, leftOut: [] },
      { splitBy: "TIME", testFraction },
    );
    expect(heldOutFrom).toBe(from);
    expect(dates).toEqual(YEAR);
    expect(leftOut).toEqual([]);
  });

  it("leaves out dates whose labels came after the first that is held out, and says so in order", () => {
    const dates = datesOf("01 04", "02 05", "03 06", "04 07", "05 08");
    const before = { asOf: "2024-06-28", reason: "no labels were delivered for it" };
    const split = splitDates({ dates, leftOut: [before] }, { splitBy: "TIME", testFraction: 0.25 });
    expect(split.heldOutFrom).toBe("2024-05-28");
    expect(split.dates.map(({ asOf }) => asOf)).toEqual(["2024-01-28", "2024-02-28", "2024-05-28"]);
    expect(split.leftOut).toEqual([
      {
        asOf: "2024-03-28",
        reason: "its labels are of 2024-06-28, after 2024-05-28, the first date that is held out",
      },
      {
        asOf: "2024-04-28",
        reason: "its labels are of 2024-07-28, after 2024-05-28, the first date that is held out",
      },
      before,
    ]);
  });

  it("is refused where nothing is left to train on, or there is one date", () => {
    const of =
      (...pairs: string[]) =>
      () =>
        splitDates({ dates: datesOf(...pairs), leftOut: [] }, { splitBy: "TIME", testFraction: 0.25 });
    expect(of("01 03", "02 04")).toThrow(
      "splitBy: no date is left to train on: 2024-01-28: its labels are of 2024-03-28, after 2024-02-28",
    );
    expect(of("01 01")).toThrow(
      "splitBy: TIME holds out the newest of several dates; there is one, 2024-01-28",
    );
  });

  it("of keys leaves the dates as they are", () => {
    const all = { dates: YEAR, leftOut: [] };
    expect(splitDates(all, { splitBy: "KEYS", testFraction: 0.25 })).toEqual({ ...all, heldOutFrom: null });
  });
});
