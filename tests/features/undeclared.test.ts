import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FeatureStore } from "../../src/features/feature-store.js";
import { definitions } from "./definitions.js";
import { ask, type StoreDatabase, storeDatabase, told } from "./store.js";

const JANUARY = "2024-01-31";
const FEBRUARY = "2024-02-29";
const now = () => new Date("2024-03-01T00:00:00Z");

describe("a feature that is younger than a snapshot", () => {
  let database: StoreDatabase;
  let store: FeatureStore;
  beforeAll(async () => {
    database = await storeDatabase();
    store = new FeatureStore(database.pool, definitions, now);
    const play = { A: [1, null], B: [2, null], C: [3, null] };
    await database.snapshot(JANUARY, 1, "2024-02-01T00:00:00Z", { play_30d: play, plan_profile: {} });
    const plan = { A: ["gold", null], B: [null, true] };
    await database.snapshot(FEBRUARY, 1, "2024-03-01T00:00:00Z", {
      play_30d: { A: [4, 9], B: [5, null] },
      plan_profile: plan,
    });
    // As if January had been made before `skips` was declared, and before the source of the plans was.
    await database.pool.query(`begin;
      set local session_replication_role = replica;
      update snapshot_parts set columns = columns - 1 where name = 'play' and event_date = '${JANUARY}';
      delete from snapshot_parts where name = 'plan' and event_date = '${JANUARY}';
      commit`);
    await database.online("play_30d", "A", FEBRUARY, [4, 9]);
    await database.online("play_30d", "B", FEBRUARY, [5, null]);
    await database.online("play_30d", "C", JANUARY, [3, null]);
  });
  afterAll(() => database?.drop());

  const asked = async (user: string, asOf?: string) => {
    const [found] = await store.read([ask(user, asOf)]);
    return told(found!, "hours", "skips", "tier");
  };

  it.each([
    ["A", JANUARY, "1 PRESENT, null NOT_DECLARED, null NOT_DECLARED"],
    ["A", FEBRUARY, "4 PRESENT, 9 PRESENT, gold PRESENT"],
    ["B", FEBRUARY, "5 PRESENT, null NULL_VALUE, null NULL_VALUE"],
    // Not in February's delivery: the answer comes from January's.
    ["C", FEBRUARY, "3 PRESENT, null NOT_DECLARED, null NOT_FOUND"],
    ["nobody", JANUARY, "null NOT_FOUND, null NOT_FOUND, null NOT_DECLARED"],
    ["nobody", "2023-12-31", "null NOT_FOUND, null NOT_FOUND, null NOT_FOUND"],
  ])("is not declared as of its date: %s as of %s", async (user, asOf, expected) => {
    expect(await asked(user, asOf)).toBe(expected);
    // The statement over sets says the same.
    const many = await store.read(Array.from({ length: 120 }, () => ask(user, asOf)));
    expect(new Set(many.map((found) => told(found, "hours", "skips", "tier")))).toEqual(new Set([expected]));
  });

  it.each([
    ["A", "4 PRESENT, 9 PRESENT, null NOT_FOUND"],
    ["B", "5 PRESENT, null NULL_VALUE, null NOT_FOUND"],
    ["C", "3 PRESENT, null NOT_DECLARED, null NOT_FOUND"],
  ])("is not declared now where what is served is that old: %s", async (user, expected) => {
    expect(await asked(user)).toBe(expected);
  });
});
