import type { Client } from "../db/pool.js";
import type { Deployment, FeatureView } from "../definitions/language/deployment.js";
import { entityOf, keyOf } from "../definitions/language/entities.js";
import { type PersonalColumns, personalColumns } from "../definitions/language/personal.js";
import type { OnlineCopy } from "./online/online-store.js";
import {
  differencesSql,
  droppedSql,
  expectedSql,
  expectedUsersSql,
  RETAINED,
  usersSql,
} from "./parity-sql.js";

/** One user's row of one view that is not served as the snapshots and what was pushed have it. */
export interface ParityDifference {
  store: string;
  view: string;
  key: string;
  /** `missing`: not served though a snapshot has it. `extra`: served though none has it. */
  kind: "value" | "missing" | "extra";
  /**
   * What differs, by feature, `as_of` for the event time; values as PostgreSQL prints them. Of personal ones there is only that
   * they differ: the report is for everybody to read.
   */
  features: Record<string, { expected: string | null; served: string | null; masked?: true }>;
}

export interface ViewParity {
  store: string;
  view: string;
  differences: number;
  missing: number;
  extra: number;
  /** Served rows of dates that retention dropped: nothing is left to compare them with, and they are no difference. */
  dropped: number;
  /** Users by feature whose value differs where both have a row; `as_of` is the event time. */
  features: Record<string, number>;
}

export interface ParityReport {
  identical: boolean;
  /** Rows compared, of all entities. */
  users: number;
  /** The same, by the entity's name. */
  byEntity: Record<string, number>;
  differences: number;
  views: ViewParity[];
  /** The first of them, at most `LISTED`. */
  listed: ParityDifference[];
}

/** Differences kept; all are counted. */
export const LISTED = 10_000;
const BATCH = 2_000;

interface Pair {
  key: string;
  expected: string | null;
  served: string | null;
}

/** What retention left, as in `RETAINED`. */
interface Retained {
  droppedUntil: string;
  kept: string[];
}

/**
 * Compares what is served with what the snapshots and pushes say, for every user, each view by one statement; a copy of the
 * online tables is compared with the snapshots as well. Memory does not grow with the users.
 *
 * @param tx a repeatable-read transaction, so that all views are of one instant
 */
export async function verifyParity(
  tx: Client,
  deployment: Deployment,
  copy: OnlineCopy | null,
  onView: (name: string) => void = () => {},
): Promise<ParityReport> {
  const { views } = deployment;
  const personal = personalColumns(deployment);
  const { users, byEntity } = await countCompared(tx, deployment);
  const report: ParityReport = {
    identical: true,
    users,
    byEntity,
    differences: 0,
    views: [],
    listed: [],
  };
  const retained = (await tx.query<Retained>(RETAINED)).rows[0]!;
  for (const view of views) {
    const key = keyOf(deployment, view.source);
    const inTables = await collect(
      report,
      personal,
      "postgres",
      view,
      fetchAll<Pair>(tx, differencesSql(key, view)),
    );
    if (retained.droppedUntil !== "-infinity") {
      const { rows } = await tx.query<{ count: number }>(droppedSql(key, view));
      inTables.dropped = rows[0]!.count;
    }
    if (copy) await compareCopy(tx, key, view, copy, retained, report, personal);
    onView(view.name);
  }
  report.identical = report.differences === 0;
  return report;
}

async function countCompared(
  tx: Client,
  { entities, views }: Deployment,
): Promise<Pick<ParityReport, "users" | "byEntity">> {
  const byEntity: Record<string, number> = {};
  for (const { entity } of entities) {
    const own = views.filter(({ source }) => entityOf({ entities }, source).name === entity.name);
    if (own.length === 0) continue;
    const { rows } = await tx.query<{ users: number }>(usersSql(entity.key, own));
    byEntity[entity.name] = rows[0]!.users;
  }
  return { users: Object.values(byEntity).reduce((sum, count) => sum + count, 0), byEntity };
}

async function collect(
  report: ParityReport,
  personal: PersonalColumns,
  store: string,
  view: FeatureView,
  pairs: AsyncIterable<Pair[]>,
): Promise<ViewParity> {
  const names = ["as_of", ...view.features];
  const counts = { differences: 0, missing: 0, extra: 0, dropped: 0 };
  const counted: ViewParity = { store, view: view.name, ...counts, features: {} };
  for await (const batch of pairs) {
    for (const { key, expected, served } of batch) {
      const kind = served === null ? "missing" : expected === null ? "extra" : "value";
      const [should, is] = [expected, served].map((row) => (row === null ? [] : JSON.parse(row)));
      const features: ParityDifference["features"] = {};
      names.forEach((name, i) => {
        const [wanted, got] = [should[i] ?? null, is[i] ?? null];
        if (kind === "value" && wanted === got) return;
        features[name] =
          name !== "as_of" && personal.hasFeature(name)
            ? { expected: null, served: null, masked: true }
            : { expected: wanted, served: got };
        if (kind === "value") counted.features[name] = (counted.features[name] ?? 0) + 1;
      });
      counted.differences++;
      if (kind !== "value") counted[kind]++;
      if (report.listed.length < LISTED) report.listed.push({ store, view: view.name, key, kind, features });
    }
  }
  report.views.push(counted);
  report.differences += counted.differences;
  return counted;
}

async function compareCopy(
  tx: Client,
  key: string,
  view: FeatureView,
  copy: OnlineCopy,
  retained: Retained,
  report: ParityReport,
  personal: PersonalColumns,
): Promise<void> {
  let dropped = 0;
  async function* comparable() {
    for await (const batch of differencesOfCopy(tx, key, view, copy)) {
      const left = batch.filter((pair) => !isDropped(pair, retained));
      dropped += batch.length - left.length;
      yield left;
    }
  }
  const counted = await collect(report, personal, copy.name, view, comparable());
  counted.dropped = dropped;
}

/** As `DROPPED` says of the online tables. Dates compare as text. */
function isDropped({ expected, served }: Pair, { droppedUntil, kept }: Retained): boolean {
  if (served === null || droppedUntil === "-infinity") return false;
  const [is, should] = [served, expected].map((row) =>
    row === null ? null : (JSON.parse(row)[0] as string),
  );
  return is! <= droppedUntil && !kept.includes(is!) && (should === null || should! < is!);
}

/** First every expected row against the copy's, then the copy's rows of users that are not expected. */
async function* differencesOfCopy(
  tx: Client,
  key: string,
  view: FeatureView,
  copy: OnlineCopy,
): AsyncGenerator<Pair[]> {
  for await (const batch of fetchAll<{ key: string; expected: string }>(tx, expectedSql(key, view))) {
    const served = await copy.rows(
      view,
      batch.map(({ key }) => key),
    );
    yield batch
      .map((row, i) => ({ ...row, served: served[i]! }))
      .filter((pair) => pair.served !== pair.expected);
  }
  // A scan may name a user twice.
  const reported = new Set<string>();
  for await (const keys of copy.users(view)) {
    const { rows } = await tx.query<{ key: string }>(expectedUsersSql(key, view), [keys]);
    const expected = new Set(rows.map(({ key }) => key));
    const extra = keys.filter((id) => !expected.has(id) && !reported.has(id));
    for (const id of extra) reported.add(id);
    const served = await copy.rows(view, extra);
    yield extra.map((key, i) => ({ key, expected: null, served: served[i]! }));
  }
}

async function* fetchAll<T extends object>(tx: Client, sql: string): AsyncGenerator<T[]> {
  await tx.query(`declare parity no scroll cursor for ${sql}`);
  for (;;) {
    const { rows } = await tx.query<T>(`fetch ${BATCH} from parity`);
    if (rows.length === 0) break;
    yield rows;
  }
  await tx.query("close parity");
}
