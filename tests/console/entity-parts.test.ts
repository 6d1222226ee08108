import { describe, expect, it, test } from "vitest";
import { dateSteps, knownSteps } from "../../console/src/pages/entity/steps.js";
import { bars, classScaleOf, probabilityAt, scaleOf } from "../../console/src/pages/entity/waterfall.js";
import { keyInWords, keyOfPath, pathOfEntity, pathOfKey } from "../../console/src/parts/entity-key.js";

const user = { plural: "users", keys: [{ column: "user_id", field: "userId", type: "string" }] };
const account = {
  plural: "billing accounts",
  keys: [
    { column: "bank", field: "bank", type: "string" },
    { column: "account_no", field: "accountNo", type: "int" },
  ],
};

describe("the address of a key", () => {
  /** What the router makes of the last part of an address. */
  const decoded = (path: string) => decodeURIComponent(path.split("/").at(-1)!);

  test.each([
    [user, { user_id: "8627-ZYGSZ" }, "/users/8627-ZYGSZ"],
    [user, { user_id: "a/b:c d%" }, "/users/a%2Fb%3Ac%20d%25"],
    [account, { bank: "north", account_no: 7 }, "/billing-accounts/north%3A7"],
    [account, { bank: "a:b/c", account_no: -3 }, "/billing-accounts/a%253Ab%252Fc%3A-3"],
  ])("of %j %j is read again", (entity, key, path) => {
    expect(pathOfKey(entity, key)).toBe(path);
    expect(keyOfPath(entity, decoded(path))).toEqual(key);
  });

  it("is no key where it has other parts, or cannot be read", () => {
    expect([keyOfPath(account, "north"), keyOfPath(account, "a:b:c"), keyOfPath(account, "%:1")]).toEqual([
      ...[null, null, null],
    ]);
  });

  it("is below the entity's, and in words has the values", () => {
    expect(pathOfEntity(account)).toBe("/billing-accounts");
    expect(keyInWords(account, { account_no: 7, bank: "north" })).toBe("north · 7");
  });
});

describe("the steps of a slider", () => {
  const snapshot = (asOf: string, createdAt: string, state = "PUBLISHED") => ({ asOf, createdAt, state });
  const made = [
    snapshot("2024-02-29", "2024-03-02T00:00:00.000Z"),
    snapshot("2024-01-31", "2024-03-01T00:00:00.000Z"),
    snapshot("2024-01-31", "2024-02-01T00:00:00.000Z"),
    snapshot("2042-01-31", "2024-01-01T00:00:00.000Z", "WITHDRAWN"),
  ];

  it("are the dates that hold, once each, the asked one among them, and now", () => {
    expect(dateSteps(made, "2024-02-10").map(({ label }) => label)).toEqual([
      ...["2024-01-31", "2024-02-10", "2024-02-29", "now"],
    ]);
    expect(dateSteps([], "")).toEqual([{ value: "", label: "now" }]);
  });

  it("are the instants after which each snapshot was known", () => {
    expect(knownSteps(made.slice(1, 3), "", (instant) => instant.slice(0, 10))).toEqual([
      { value: "2024-02-01T00:00:00.001Z", label: "2024-02-01" },
      { value: "2024-03-01T00:00:00.001Z", label: "2024-03-01" },
      { value: "", label: "now" },
    ]);
  });
});

describe("a waterfall", () => {
  it("goes from the base value by the greatest contributions first, and ends at the sum", () => {
    const drawn = bars(
      -1,
      [
        { feature: "small", value: null, contribution: 0.25 },
        { feature: "great", value: 7, contribution: -0.5 },
        { feature: "nothing", value: true, contribution: 0 },
      ],
      String,
    );
    expect(drawn).toEqual([
      { label: "great = 7", from: -1, to: -1.5 },
      { label: "small = null", from: -1.5, to: -1.25 },
      { label: "1 other", from: -1.25, to: -1.25 },
    ]);
  });

  it("has a dozen bars at most, and loses nothing of the sum", () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ feature: `f${i}`, value: i, contribution: 1 + i }));
    const drawn = bars(0, many, String);
    expect([drawn.length, drawn.at(-1)!.label, drawn.at(-1)!.to]).toEqual([12, "19 others", 465]);
  });

  test.each([
    [0.7, "probability", 0.7],
    [Math.log(0.7 / 0.3), "log odds", 0.7],
    [5, "margin", null],
  ] as const)("that ends at %f of a probability of 0.7 is of the %s", (sum, scale, probability) => {
    expect(scaleOf(sum, 0.7)).toBe(scale);
    const at = probabilityAt(sum, scale);
    if (probability === null) expect(at).toBeNull();
    else expect(at).toBeCloseTo(probability, 9);
  });

  test("of one of several classes ends at its probability, or at a score that says none by itself", () => {
    expect([classScaleOf(0.7, 0.7), probabilityAt(0.7, classScaleOf(0.7, 0.7))]).toEqual([
      "probability",
      0.7,
    ]);
    expect([classScaleOf(1.9, 0.7), probabilityAt(0.2, classScaleOf(1.9, 0.7))]).toEqual([
      "score of the class",
      null,
    ]);
  });
});
