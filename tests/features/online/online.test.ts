import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FeatureStore } from "../../../src/features/feature-store.js";
import { definitions } from "../definitions.js";
import { ask, type StoreDatabase, storeDatabase, told } from "../store.js";

describe("online features", () => {
  let database: StoreDatabase;
  let now: Date;
  let store: FeatureStore;

  beforeAll(async () => {
    database = await storeDatabase();
    store = new FeatureStore(database.pool, definitions, () => now);
    await database.online("play_30d", "full", "2024-01-31", [1.5, 0]);
    await database.online("plan_profile", "full", "2024-01-31", ["a", false]);
    await database.online("play_30d", "empty", "2024-01-31", [null, null]);
    await database.online("plan_profile", "empty", "2024-01-31", ["", null]);
    await database.online("plan_profile", "half", "2024-01-31", ["a", true]);
  });
  afterAll(() => database?.drop());

  it.each([
    ["full", "2024-02-01T00:00:00.000Z", "1.5 PRESENT, 0 PRESENT, a PRESENT, false PRESENT"],
    // A ttl of 30 days counts from this instant, not from the date: it ends with the millisecond.
    ["full", "2024-03-01T00:00:00.000Z", "1.5 PRESENT, 0 PRESENT, a PRESENT, false PRESENT"],
    [
      "full",
      "2024-03-01T00:00:00.001Z",
      "null OUTSIDE_MAX_AGE, null OUTSIDE_MAX_AGE, a PRESENT, false PRESENT",
    ],
    [
      "full",
      "2024-03-02T00:00:00.000Z",
      "null OUTSIDE_MAX_AGE, null OUTSIDE_MAX_AGE, a PRESENT, false PRESENT",
    ],
    ["empty", "2024-02-01T00:00:00.000Z", "null NULL_VALUE, null NULL_VALUE,  PRESENT, null NULL_VALUE"],
    // An expired empty value is expired.
    [
      "empty",
      "2024-06-01T00:00:00.000Z",
      "null OUTSIDE_MAX_AGE, null OUTSIDE_MAX_AGE,  PRESENT, null NULL_VALUE",
    ],
    ["half", "2024-02-01T00:00:00.000Z", "null NOT_FOUND, null NOT_FOUND, a PRESENT, true PRESENT"],
    ["nobody", "2024-02-01T00:00:00.000Z", "null NOT_FOUND, null NOT_FOUND, null NOT_FOUND, null NOT_FOUND"],
    [
      "' or true --",
      "2024-02-01T00:00:00.000Z",
      "null NOT_FOUND, null NOT_FOUND, null NOT_FOUND, null NOT_FOUND",
    ],
  ])("of %s at %s: %s", async (user, instant, expected) => {
    now = new Date(instant);
    const [found] = await store.read([ask(user)]);
    expect(told(found!, "hours", "skips", "tier", "paperless")).toBe(expected);
    expect(found!.asOf).toBeNull();
  });

  it("come in the order asked, duplicates and all, beside those as of a date", async () => {
    now = new Date("2024-02-01T00:00:00Z");
    const found = await store.read([ask("half"), ask("full", "2024-01-31"), ask("full"), ask("half")]);
    expect(found.map(({ key, values, asOf }) => [key, values.tier, asOf])).toEqual([
      ["half", "a", null],
      ["full", null, "2024-01-31"], // no snapshot here: only the online table has rows
      ["full", "a", null],
      ["half", "a", null],
    ]);
  });

  it("count towards the hit rate when they are PRESENT", async () => {
    now = new Date("2024-02-01T00:00:00Z");
    const counting = new FeatureStore(database.pool, definitions, () => now);
    expect(counting.hitRate()).toBeNull();
    await counting.read([ask("full"), ask("half")]);
    expect(counting.hitRate()).toBe(6 / 8);
  });
});
