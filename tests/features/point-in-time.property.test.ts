import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FeatureStore } from "../../src/features/feature-store.js";
import type { EntityRow, UserFeatures } from "../../src/features/types.js";
import { definitions } from "./definitions.js";
import { type Rows, type StoreDatabase, storeDatabase } from "./store.js";

interface Snapshot {
  asOf: string;
  revision: number;
  createdAt: string;
  views: Rows;
}
interface Case {
  snapshots: Snapshot[];
  asked: EntityRow[];
}

const DAY_MS = 86_400_000;
const day = (offset: number): string =>
  new Date(Date.UTC(2024, 0, 1) + offset * DAY_MS).toISOString().slice(0, 10);
const instant = (minutes: number): Date => new Date(Date.UTC(2024, 0, 1) + minutes * 60_000);

const user = fc.constantFrom("a", "b", "B", "ü-Ω", "o'x");
// Plus 0: the driver sends -0 as "0", and the two are not equal here.
const hours = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0));
const playRow = fc.tuple(hours, fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })));
const planRow = fc.tuple(fc.option(fc.constantFrom("", "x", "é")), fc.option(fc.boolean()));
const views = fc.record({
  play_30d: fc.dictionary(user, playRow),
  plan_profile: fc.dictionary(user, planRow),
});

/** Up to 4 revisions of up to 6 dates, recorded in any order of the dates, a later revision later. */
const snapshots = fc
  .uniqueArray(fc.integer({ min: 0, max: 120 }), { maxLength: 6 })
  .chain((days) =>
    fc.tuple(
      ...days.map((offset) =>
        fc
          .uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 4 })
          .chain((minutes) =>
            fc.tuple(...minutes.sort((a, b) => a - b).map((m) => fc.tuple(fc.constant(m), views))),
          )
          .map((revisions) =>
            revisions.map(([minutes, content], index) => ({
              asOf: day(offset),
              revision: index + 1,
              createdAt: instant(minutes).toISOString(),
              views: content as Rows,
            })),
          ),
      ),
    ),
  )
  .map((dates) => dates.flat());

const row = fc.record({
  userId: fc.oneof({ weight: 9, arbitrary: user }, { weight: 1, arbitrary: fc.constant("nobody") }),
  asOf: fc.integer({ min: -2, max: 160 }).map(day),
  knownAt: fc.option(fc.integer({ min: -1, max: 61 }).map(instant)),
});
const cases: fc.Arbitrary<Case> = fc.record({
  snapshots,
  asked: fc.array(row, { minLength: 60, maxLength: 60, size: "max" }),
});

/** The join as its definition reads, one row at a time. */
function naive(all: Snapshot[], { userId, asOf, knownAt }: EntityRow): [string, string, unknown][] {
  const known = all.filter(
    (s) => s.asOf <= asOf! && (!knownAt || Date.parse(s.createdAt) <= knownAt.getTime()),
  );
  const effective = known.filter(
    (s) => !known.some((other) => other.asOf === s.asOf && other.revision > s.revision),
  );
  return definitions.views.flatMap((view) => {
    const having = effective
      .filter((s) => userId in s.views[view.name]!)
      .sort((a, b) => (a.asOf < b.asOf ? 1 : -1));
    const found = having[0];
    const ageDays = found ? (Date.parse(asOf!) - Date.parse(found.asOf)) / DAY_MS : 0;
    return view.features.map((name, place): [string, string, unknown] => {
      if (!found) return [name, "NOT_FOUND", null];
      if (ageDays > (view.ttlDays ?? Number.POSITIVE_INFINITY)) return [name, "OUTSIDE_MAX_AGE", null];
      const value = found.views[view.name]![userId]![place]!;
      return [name, value === null ? "NULL_VALUE" : "PRESENT", value];
    });
  });
}

const flat = ({ values, statuses }: UserFeatures): [string, string, unknown][] =>
  statuses.map(({ name, status }) => [name, status, values[name]]);

describe("the point-in-time join", () => {
  let database: StoreDatabase;
  let store: FeatureStore;
  beforeAll(async () => {
    database = await storeDatabase();
    store = new FeatureStore(database.pool, definitions);
  });
  afterAll(() => database?.drop());

  const forget = () =>
    database.pool.query(`
      begin; set local session_replication_role = replica;
      delete from snapshots; delete from play_30d_snapshots; delete from plan_profile_snapshots; commit`);

  it("answers what a naive join in memory answers, over 1 500 generated rows", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ snapshots, asked }) => {
        await forget();
        for (const s of snapshots) await database.snapshot(s.asOf, s.revision, s.createdAt, s.views);
        const found = await store.read(asked);
        for (const [place, question] of asked.entries()) {
          expect({ question, answer: flat(found[place]!) }).toEqual({
            question,
            answer: naive(snapshots, question),
          });
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });
});
