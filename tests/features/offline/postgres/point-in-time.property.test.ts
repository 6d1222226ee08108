import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ColumnValue } from "../../../../src/definitions/language/column.js";
import { FeatureStore } from "../../../../src/features/feature-store.js";
import type { EntityRow, UserFeatures } from "../../../../src/features/types.js";
import { definitions } from "../../definitions.js";
import { type Push, type Rows, type StoreDatabase, storeDatabase } from "../../store.js";

interface Snapshot {
  asOf: string;
  revision: number;
  createdAt: string;
  views: Rows;
  /** Bound to it, in the order they were pushed. */
  pushes: Push[];
}
/** One database's history, and some rows asked of it at each of some clocks. */
interface World {
  snapshots: Snapshot[];
  asked: EntityRow[][];
}

const WORLDS = 20;
const CLOCKS = 10;
const DAY_MS = 86_400_000;
const day = (offset: number): string =>
  new Date(Date.UTC(2024, 0, 1) + offset * DAY_MS).toISOString().slice(0, 10);
const instant = (minutes: number): Date => new Date(Date.UTC(2024, 0, 1) + minutes * 60_000);

/** Of each world: histories of this many users are compared, each another case. */
const USERS = ["a", "b", "B", "ü-Ω", "o'x", ...Array.from({ length: 25 }, (_, i) => `u${i}`)];
const user = fc.constantFrom(...USERS);
// Plus 0: the driver sends -0 as "0", and the two are not equal here.
const hours = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0));
const playRow = fc.tuple(hours, fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })));
const planRow = fc.tuple(fc.option(fc.constantFrom("", "x", "é")), fc.option(fc.boolean()));
/** Nearly all users, half of them or few: with a user in all views, in some and in none. */
const rowsOf = (values: fc.Arbitrary<ColumnValue[]>): fc.Arbitrary<Record<string, ColumnValue[]>> =>
  fc
    .tuple(
      fc.constantFrom(0.95, 0.5, 0.1),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), values), {
        minLength: USERS.length,
        maxLength: USERS.length,
        size: "max",
      }),
    )
    .map(([share, drawn]) =>
      Object.fromEntries(drawn.flatMap(([chance, row], i) => (chance < share ? [[USERS[i]!, row]] : []))),
    );
const views = fc.record({ play_30d: rowsOf(playRow), plan_profile: rowsOf(planRow) });

/** Of the snapshot's own date or up to 45 days before it. */
const pushes = (offset: number): fc.Arbitrary<Push[]> => {
  const asOf = fc.integer({ min: 0, max: 45 }).map((days) => day(offset - days));
  const of = (view: string, row: fc.Arbitrary<ColumnValue[]>) =>
    fc.record({ view: fc.constant(view), user, asOf, values: row });
  return fc.array(fc.oneof(of("play_30d", playRow), of("plan_profile", planRow)), { maxLength: 8 });
};

/** Up to 4 revisions of up to 6 dates, recorded in any order of the dates, a later revision later. */
const snapshots = fc
  .uniqueArray(
    fc.integer({ min: 0, max: 15 }).map((week) => week * 8),
    { maxLength: 6 },
  )
  .chain((days) =>
    fc.tuple(
      ...days.map((offset) =>
        fc
          .uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 4 })
          .chain((minutes) =>
            fc.tuple(
              ...minutes.sort((a, b) => a - b).map((m) => fc.tuple(fc.constant(m), views, pushes(offset))),
            ),
          )
          .map((revisions) =>
            revisions.map(([minutes, content, pushed], index) => ({
              asOf: day(offset),
              revision: index + 1,
              createdAt: instant(minutes).toISOString(),
              views: content as Rows,
              pushes: pushed,
            })),
          ),
      ),
    ),
  )
  .map((dates) => dates.flat());

const clock = fc.record({
  asOf: fc
    .oneof(
      fc.integer({ min: -2, max: 160 }),
      fc.integer({ min: 0, max: 15 }).map((week) => week * 8),
    )
    .map(day),
  knownAt: fc.option(fc.integer({ min: -1, max: 61 }).map(instant)),
});
const asked = fc
  .array(fc.tuple(clock, fc.shuffledSubarray([...USERS, "nobody"], { minLength: 31, maxLength: 31 })), {
    minLength: CLOCKS,
    maxLength: CLOCKS,
    size: "max",
  })
  .map((clocks) => clocks.map(([at, users]) => users.map((key) => ({ key, ...at }))));
const worlds: fc.Arbitrary<World> = fc.record({ snapshots, asked });

/** The join as its definition reads, one row at a time. */
function naive(all: Snapshot[], { key, asOf, knownAt }: EntityRow): [string, string, unknown][] {
  const recorded = all.filter((s) => !knownAt || Date.parse(s.createdAt) <= knownAt.getTime());
  const known = recorded.filter((s) => s.asOf <= asOf!);
  const effective = known.filter(
    (s) => !known.some((other) => other.asOf === s.asOf && other.revision > s.revision),
  );
  return definitions.views.flatMap((view) => {
    const extracts = effective
      .filter((s) => key in s.views[view.name]!)
      .map((s) => ({ asOf: s.asOf, values: s.views[view.name]![key]! }));
    const pushed = recorded
      .flatMap((s) => s.pushes)
      .filter((push) => push.view === view.name && push.user === key && push.asOf <= asOf!)
      .reverse();
    // Of one date: the extract's row, then the last push.
    const found = [...extracts, ...pushed].sort((a, b) =>
      a.asOf < b.asOf ? 1 : a.asOf > b.asOf ? -1 : 0,
    )[0];
    const ageDays = found ? (Date.parse(asOf!) - Date.parse(found.asOf)) / DAY_MS : 0;
    return view.features.map((name, place): [string, string, unknown] => {
      if (!found) return [name, "NOT_FOUND", null];
      if (ageDays > (view.ttlDays ?? Number.POSITIVE_INFINITY)) return [name, "OUTSIDE_MAX_AGE", null];
      const value = found.values[place]!;
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
      delete from snapshot_parts; delete from snapshots; delete from play_snapshots; delete from plan_snapshots;
      delete from play_30d_pushes; delete from plan_profile_pushes; commit`);

  it(`answers what a naive join in memory answers, few rows and many, in ${WORLDS * CLOCKS * 31} generated cases`, async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ snapshots, asked }) => {
        await forget();
        for (const s of snapshots)
          await database.snapshot(s.asOf, s.revision, s.createdAt, s.views, s.pushes);
        const expected = asked.map((rows) => rows.map((row) => ({ row, answer: naive(snapshots, row) })));
        const told = async (rows: EntityRow[]) =>
          (await store.read(rows)).map((found, i) => ({ row: rows[i]!, answer: flat(found) }));
        // Few of each snapshot are one statement over sets, many one for each snapshot, and the rows of one clock one of few.
        expect(await told(asked.flat())).toEqual(expected.flat());
        const many = <T>(rows: T[]): T[] => Array.from({ length: 4 }, () => rows).flat();
        expect(await told(many(asked.flat()))).toEqual(many(expected.flat()));
        for (const [i, rows] of asked.entries()) expect(await told(rows)).toEqual(expected[i]);
      }),
      { numRuns: WORLDS, endOnFailure: true },
    );
  });
});
