import { describe, expect, it } from "vitest";
import { resolvePlaceholders } from "../../../src/jobs/schedules/schedule-dates.js";

const every = "{date} {yesterday} {month} {previous_month} {previous_month_end}";

describe("placeholders of a schedule", () => {
  it.each([
    ["2024-03-01T03:00:00Z", "UTC", "2024-03-01 2024-02-29 2024-03 2024-02 2024-02-29"],
    ["2023-03-01T00:00:00Z", "UTC", "2023-03-01 2023-02-28 2023-03 2023-02 2023-02-28"],
    ["2024-01-01T00:00:00Z", "UTC", "2024-01-01 2023-12-31 2024-01 2023-12 2023-12-31"],
    ["2024-02-29T23:30:00Z", "Europe/Berlin", "2024-03-01 2024-02-29 2024-03 2024-02 2024-02-29"],
    ["2024-03-01T03:00:00Z", "America/New_York", "2024-02-29 2024-02-28 2024-02 2024-01 2024-01-31"],
  ])("at %s in %s become %s", (at, timezone, expected) => {
    expect(resolvePlaceholders({ text: every }, new Date(at), timezone)).toEqual({ text: expected });
  });

  it("are filled in within objects and lists, beside other values", () => {
    const params = { seed: 7, params: { note: ["as of {month}", null, true] } };
    expect(resolvePlaceholders(params, new Date("2024-05-02T00:00:00Z"), "UTC")).toEqual({
      seed: 7,
      params: { note: ["as of 2024-05", null, true] },
    });
  });

  it("nobody knows are refused with those there are", () => {
    expect(() => resolvePlaceholders({ asOf: "{monthEnd}" }, new Date(), "UTC")).toThrow(
      expect.objectContaining({
        code: "BAD_USER_INPUT",
        message:
          "params: {monthEnd} is no placeholder; take one of {date}, {yesterday}, {month}, {previous_month}, {previous_month_end}, or a fixed value",
      }),
    );
  });
});
