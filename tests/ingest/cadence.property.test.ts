import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPool, type Pool, quote, withTransaction } from "../../src/db/pool.js";
import { contentHash } from "../../src/db/snapshots/content-hash.js";
import { declaredColumns } from "../../src/db/snapshots/snapshot-parts.js";
import type { ColumnValue } from "../../src/definitions/language/column.js";
import { FeatureStore } from "../../src/features/feature-store.js";
import { materialize } from "../../src/features/materialize.js";
import { verifyParity } from "../../src/features/parity.js";
import { SnapshotStore } from "../../src/features/snapshot-store.js";
import { withdrawSnapshot } from "../../src/features/snapshot-withdrawal.js";
import { prepareParts } from "../../src/ingest/prepared-parts.js";
import { publish } from "../../src/ingest/publish.js";
import { createStagingTable, dropStaging, stagingTable } from "../../src/ingest/staging.js";
import type { TestDatabase } from "../support/database.js";
import { createDatabaseOf, ownMigrations } from "../support/deployment.js";
import { grid, meterIds } from "../support/meters.js";

const WORLDS = 12;
const METERS = meterIds(8);
const DAYS = 12;
const STEP_DAYS = 7;
const DAY_MS = 86_400_000;
const FIRST = Date.UTC(2024, 0, 1);
const day = (place: number): string =>
  new Date(FIRST + place * STEP_DAYS * DAY_MS).toISOString().slice(0, 10);

/** By key, the values in the order of the source's columns. */
type Rows = Record<string, ColumnValue[]>;
type Op = { kind: "deliver"; asOf: string; files: Record<string, Rows> } | { kind: "withdraw"; asOf: string };

const rowOf: Record<string, fc.Arbitrary<ColumnValue[]>> = {
  meters: fc.tuple(fc.constantFrom("north", "south")),
  readings: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.option(fc.integer({ min: 0, max: 2 }))),
  bills: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.option(fc.boolean())),
  outcomes: fc.tuple(fc.boolean()),
};
const rowsOf = (source: string): fc.Arbitrary<Rows> =>
  fc
    .array(fc.tuple(fc.constantFrom(...METERS), rowOf[source]!), { minLength: 1, maxLength: METERS.length })
    .map(Object.fromEntries);
const asOf = fc.integer({ min: 0, max: DAYS - 1 }).map(day);
const delivery: fc.Arbitrary<Op> = fc
  .subarray(Object.keys(rowOf), { minLength: 1 })
  .chain((sources) =>
    fc.tuple(asOf, fc.record(Object.fromEntries(sources.map((name) => [name, rowsOf(name)])))),
  )
  .map(([at, files]) => ({ kind: "deliver", asOf: at, files }));
const withdrawal: fc.Arbitrary<Op> = asOf.map((at) => ({ kind: "withdraw", asOf: at }));
const worlds = fc.array(fc.oneof({ weight: 4, arbitrary: delivery }, { weight: 1, arbitrary: withdrawal }), {
  minLength: 8,
  maxLength: 18,
});

/** A correction leaves somebody out, and is withdrawn: what the revision before it held of them holds again. */
const LEFT_OUT: Op[] = [
  { kind: "deliver", asOf: day(8), files: { bills: { "M-0000": [1, null], "M-0001": [0, true] } } },
  { kind: "deliver", asOf: day(8), files: { bills: { "M-0001": [0, true] } } },
  { kind: "withdraw", asOf: day(8) },
];

/** What a date held from one instant to another: of each source that was delivered for it, the last file. */
interface Held {
  asOf: string;
  from: number;
  until: number;
  files: Record<string, Rows>;
}

const heldAt = (history: readonly Held[], asOf: string, at: number): Held | undefined =>
  history.findLast((held) => held.asOf === asOf && held.from <= at && at < held.until);

/** The dates up to one of which something was known, the newest first. */
const knownDates = (history: readonly Held[], until: string, at: number): Held[] =>
  [...new Set(history.map((held) => held.asOf))]
    .filter((date) => date <= until)
    .sort()
    .reverse()
    .flatMap((date) => heldAt(history, date, at) ?? []);

/** `value status date` of each feature, as the definition of the join reads. */
function naive(history: readonly Held[], key: string, until: string, at: number): string[] {
  const dates = knownDates(history, until, at);
  return grid.views.flatMap((view) => {
    const source = view.source.name;
    const delivered = dates.filter(({ files }) => files[source]);
    const found = delivered.find(({ files }) => files[source]![key]);
    return view.features.map((name) => {
      if (dates.length > 0 && delivered.length === 0) return `${name} null NOT_DECLARED null`;
      if (!found) return `${name} null NOT_FOUND null`;
      const age = (Date.parse(until) - Date.parse(found.asOf)) / DAY_MS;
      if (age > view.ttlDays!) return `${name} null OUTSIDE_MAX_AGE ${found.asOf}`;
      const value = found.files[source]![key]![Object.keys(view.source.columns).indexOf(name)];
      return `${name} ${value} ${value === null ? "NULL_VALUE" : "PRESENT"} ${found.asOf}`;
    });
  });
}

let database: TestDatabase;
let pool: Pool;
const migrations = ownMigrations();
beforeAll(async () => {
  database = await createDatabaseOf(grid, migrations);
  pool = createPool(database.url, 6);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
  migrations.remove();
});

const forget = () =>
  pool.query(`
    begin; set local session_replication_role = replica;
    delete from snapshot_withdrawals; delete from snapshot_parts; delete from snapshots;
    ${grid.sources.map(({ name }) => `delete from ${name}; delete from ${name}_snapshots;`).join(" ")}
    ${grid.views.map(({ name }) => `delete from ${name}_online;`).join(" ")}
    delete from online_views; delete from runs; commit`);

const fileOf = ({
  name,
  rowCount,
  contentSha256,
}: {
  name: string;
  rowCount: number;
  contentSha256: string;
}) => ({
  ...{ name, rowCount, bytes: 0, sha256: contentSha256 },
});

/** What an ingest does between validation and its end. @returns when its snapshot was recorded; null where it made none */
async function deliver(runId: string, asOf: string, files: Record<string, Rows>): Promise<number | null> {
  const delivered = grid.sources.filter(({ name }) => files[name]);
  const parts = [];
  for (const source of delivered) {
    await createStagingTable(pool, grid, runId, source);
    const columns = ["line", "meter_id", ...Object.keys(source.columns)].map(quote).join(", ");
    const rows = Object.entries(files[source.name]!).map(([key, values], i) => [i + 2, key, ...values]);
    for (const row of rows)
      await pool.query(
        `insert into ${stagingTable(runId, source)} (${columns}) values (${row.map((_, i) => `$${i + 1}`).join(", ")})`,
        row,
      );
    const hashed = { name: source.name, key: "meter_id", columns: declaredColumns(source) };
    const { sha256, buckets } = await contentHash(pool, hashed, stagingTable(runId, source));
    parts.push({
      name: source.name,
      rowCount: rows.length,
      contentSha256: sha256,
      buckets: buckets.toString("base64"),
    });
  }
  const publication = { runId, asOf, definitionsSha256: "x", files: parts.map(fileOf), parts };
  const preparing = prepareParts(pool, grid, publication);
  const published = await withTransaction(pool, (tx) => publish(tx, grid, publication, preparing));
  await withTransaction(pool, (tx) => materialize(tx, grid, published.snapshotId, runId, () => {}, "skip"));
  await pool.query("update runs set status = 'SUCCEEDED' where id = $1", [runId]);
  await dropStaging(pool, runId);
  if (!published.newSnapshot) return null;
  const [snapshot] = await new SnapshotStore(pool).findByIds([published.snapshotId]);
  return snapshot!.createdAt.getTime();
}

const same = (a: Rows | undefined, b: Rows): boolean =>
  a !== undefined && JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

/** Plays it on the database and in memory. */
async function play(ops: readonly Op[]): Promise<Held[]> {
  const history: Held[] = [];
  for (const op of ops) {
    const held = heldAt(history, op.asOf, Number.MAX_SAFE_INTEGER - 1);
    const runId = randomUUID();
    await pool.query(
      "insert into runs (id, kind, status, params, actor) values ($1, 'INGEST', 'RUNNING', '{}', 'tester')",
      [runId],
    );
    if (op.kind === "deliver") {
      const from = await deliver(runId, op.asOf, op.files);
      const isNew = !held || !Object.entries(op.files).every(([name, rows]) => same(held.files[name], rows));
      expect(from !== null).toBe(isNew);
      if (from === null) continue;
      history.push({
        asOf: op.asOf,
        from,
        until: Number.MAX_SAFE_INTEGER,
        files: { ...held?.files, ...op.files },
      });
    } else if (held) {
      const request = { asOf: op.asOf, reason: "a test", actor: "tester", runId };
      await withTransaction(pool, (tx) => withdrawSnapshot(tx, grid, request));
      const { rows } = await pool.query<{ at: Date }>("select max(at) as at from snapshot_withdrawals");
      held.until = rows[0]!.at.getTime();
    }
  }
  return history;
}

/** What the newest revision of each date says that it is made of: `date source of date`. */
async function listedParts(): Promise<string[]> {
  const { rows } = await pool.query<{ said: string }>(
    `select newest.as_of || ' ' || p.name || ' of ' || p.event_date as said from (
       select distinct on (as_of) id, as_of from snapshots s
       where not exists (select 1 from snapshot_withdrawals w where w.snapshot_id = s.id) order by as_of, revision desc
     ) newest join snapshot_parts p on p.snapshot_id = newest.id order by 1`,
  );
  return rows.map(({ said }) => said);
}

function expectedParts(history: readonly Held[], now: number): string[] {
  return knownDates(history, "9999", now)
    .flatMap(({ asOf, files }) =>
      grid.sources.flatMap(({ name }) => {
        if (name === "outcomes") return files[name] ? [`${asOf} ${name} of ${asOf}`] : [];
        const newest = knownDates(history, asOf, now).find((held) => held.files[name]);
        return newest ? [`${asOf} ${name} of ${newest.asOf}`] : [];
      }),
    )
    .sort();
}

it("any deliveries, corrections and withdrawals in any order of dates answer what a model in memory answers", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (ops) => {
      await forget();
      const history = await play(ops);
      const now = Number.MAX_SAFE_INTEGER - 1;
      expect(await listedParts()).toEqual(expectedParts(history, now));

      const instants = [...history.map(({ from }) => from), ...history.map(({ until }) => until)]
        .filter((at) => at < now)
        .flatMap((at) => [at - 1, at]);
      const clocks = Array.from({ length: DAYS + 1 }, (_, place) => day(place)).flatMap((until) =>
        [...new Set([...instants, null])].map((at) => ({ until, at })),
      );
      const asked = clocks.flatMap(({ until, at }) =>
        METERS.slice(0, 3).map((key) => ({ key, asOf: until, knownAt: at === null ? null : new Date(at) })),
      );
      const expected = asked.map(({ key, asOf, knownAt }) =>
        naive(history, key, asOf, knownAt?.getTime() ?? now),
      );
      const store = new FeatureStore(pool, grid);
      const said = async (rows: typeof asked) =>
        (await store.read(rows)).map(({ values, statuses }) =>
          statuses.map(({ name, status, eventTime }) => `${name} ${values[name]} ${status} ${eventTime}`),
        );
      // As one statement over sets, and by the newest snapshot, which relies on what it carries on.
      expect(await said(asked)).toEqual(expected);
      for (const i of asked.keys()) if (i % 7 === 0) expect(await said([asked[i]!])).toEqual([expected[i]]);

      const parity = await withTransaction(pool, (tx) => verifyParity(tx, grid, null));
      expect(parity.listed).toEqual([]);
      const served = await pool.query<{ said: string }>(
        "select meter_id || ' ' || kwh || ' ' || as_of as said from consumption_online order by meter_id",
      );
      expect(served.rows.map((row) => row.said)).toEqual(
        METERS.flatMap((key) => {
          const found = knownDates(history, "9999", now).find(({ files }) => files.readings?.[key]);
          return found ? [`${key} ${found.files.readings![key]![0]} ${found.asOf}`] : [];
        }),
      );
    }),
    { numRuns: WORLDS, endOnFailure: true, examples: [[LEFT_OUT]] },
  );
}, 240_000);
