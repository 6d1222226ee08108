import { afterAll, beforeAll, expect, it } from "vitest";
import { int } from "../../src/definitions/language/column.js";
import { deployment, entity, featureView, source } from "../../src/definitions/language/deployment.js";
import { FeatureStore } from "../../src/features/feature-store.js";
import { type StoreDatabase, storeDatabase } from "./store.js";

/** What the statements call things of their own. */
const NAMES = [
  "ordinal",
  "owner_id",
  "found",
  "key",
  "asked",
  "clock",
  "place",
  "known_at",
  "v0",
  "p0",
  "e0",
];
const user = entity("user", { key: "user_id" });
const things = source("things", { columns: Object.fromEntries(NAMES.map((name) => [name, int()])) });
const others = source("others", { columns: Object.fromEntries(NAMES.map((name) => [`${name}_2`, int()])) });
const views = [
  featureView("thing_view", { source: things, features: NAMES }),
  featureView("other_view", { source: others, features: NAMES.map((name) => `${name}_2`) }),
];
const definitions = deployment({
  entity: user,
  entitySource: things,
  sources: [things, others],
  views,
  services: [],
});
const USERS = Array.from({ length: 150 }, (_, i) => `u${i}`);
const [JANUARY, FEBRUARY] = ["2024-01-31", "2024-02-29"];
/** Falling: in the order of a feature the users are the other way round. */
const valuesOf = (user: number, month: number) => NAMES.map((_, i) => 1000 * month - user + i);

let database: StoreDatabase;
let store: FeatureStore;
beforeAll(async () => {
  database = await storeDatabase(definitions);
  store = new FeatureStore(database.pool, definitions, () => new Date("2024-03-15T12:00:00Z"));
  const rows = (month: number) => Object.fromEntries(USERS.map((name, i) => [name, valuesOf(i, month)]));
  await database.snapshot(JANUARY, 1, "2024-02-01T00:00:00Z", { thing_view: rows(1), other_view: rows(1) });
  // The last user is in the older month alone, and one was pushed to between the two.
  const { u149: _, ...newest } = rows(2);
  await database.snapshot(FEBRUARY, 1, "2024-03-01T00:00:00Z", { thing_view: newest, other_view: newest }, [
    { view: "thing_view", user: "u149", asOf: "2024-02-10", values: valuesOf(149, 3) },
  ]);
  for (const [i, name] of USERS.entries())
    for (const { name: view } of views) await database.online(view, name, FEBRUARY, valuesOf(i, 2));
});
afterAll(() => database?.drop());

/** Both views' values of each user, as the store says them. */
async function read(users: readonly string[], asOf?: string) {
  const found = await store.read(users.map((key) => ({ key, asOf })));
  return found.map(({ values }) => views.map(({ features }) => features.map((name) => values[name])));
}
const expected = (users: readonly string[], month: (user: string, view: number) => number) =>
  users.map((name) => views.map((_, view) => valuesOf(Number(name.slice(1)), month(name, view))));

it.each([3, 63, 150])(
  "features may be called as a statement's own names: now, of %i users",
  async (count) => {
    const users = USERS.slice(0, count);
    expect(await read(users)).toEqual(expected(users, () => 2));
  },
);

it.each([2, 3, 150])(
  "… and as of a date, of the last %i users, one of an older month or pushed",
  async (count) => {
    const users = USERS.slice(-count);
    expect(await read(users, JANUARY)).toEqual(expected(users, () => 1));
    const month = (name: string, view: number) => (name !== "u149" ? 2 : view === 0 ? 3 : 1);
    expect(await read(users, FEBRUARY)).toEqual(expected(users, month));
  },
);
