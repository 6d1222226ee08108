import { createHash } from "node:crypto";
import { type Queryable, textArray } from "../../../db/pool.js";
import type { Deployment } from "../../../definitions/language/deployment.js";
import { keyOf } from "../../../definitions/language/entities.js";
import { statementSuffix } from "../../feature-selection.js";
import type { ReadView } from "../../parent-keys.js";
import { type OfflineRow, offlineRowsOf } from "../../view-rows.js";
import type { DatedRow, PointInTime, PointInTimeRows } from "../offline-engine.js";
import { type FoundViewRows, PartDescriptions } from "../part-descriptions.js";
import { NEWEST_SNAPSHOT_OF_CLOCKS, newestSnapshotSql } from "./newest-snapshot-sql.js";
import { pointInTimeSql } from "./point-in-time-sql.js";
import { originsOf, pushedSql, type SnapshotParts, snapshotSetSql } from "./snapshot-set-sql.js";

/** Up to here planning is most of what a statement over sets costs, even where its plan is kept. */
const FEW_ROWS = 100;
/** Asked of one statement over sets, which lists the snapshots of each clock. */
const SET_ROWS = 5_000;
/** As many partitions of each view are planned at most for few rows. */
const FEW_SNAPSHOTS = 3;

interface SnapshotGroup {
  id: number;
  places: number[];
}

/**
 * The point-in-time join. For (user, t, knownAt), per view: the user's row with the greatest as_of ≤ t among the
 * effective snapshots, which are per date the highest revision created by knownAt, of those whose rows retention has
 * not dropped; or what was pushed of a later date up to t and is bound to such a snapshot. Whether a row is too old to be served (ttl) is the reader's judgement: an expired row hides no older one.
 */
export class OfflineStore implements PointInTime {
  readonly #parts: PartDescriptions;

  constructor(
    private readonly db: Queryable,
    private readonly deployment: Deployment,
  ) {
    this.#parts = new PartDescriptions(db);
  }

  /**
   * One list of view rows per asked row, in their order. Of many rows each newest snapshot is one statement, and what it
   * does not hold is one more for each view.
   * @param views whose rows are read, in this order; absent: all
   */
  async read(
    rows: readonly DatedRow[],
    views: readonly ReadView[] = this.deployment.views,
  ): Promise<PointInTimeRows[]> {
    if (views.length === 0) return rows.map(() => []);
    const found = new Array<FoundViewRows | undefined>(rows.length);
    const read = rows.length <= FEW_ROWS ? this.#readFew : this.#readMany;
    await read.call(this, rows, views, await this.#bySnapshot(rows), found);
    const left = [...rows.keys()].filter((place) => found[place] === undefined);
    (await this.#readSet(left, rows, views)).forEach((row, i) => {
      found[left[i]!] = row;
    });
    return this.#parts.markUndeclared(found as FoundViewRows[], views);
  }

  /** Nearly all users are in the newest snapshot: only who is not costs the statement over all of them. */
  async #readFew(
    rows: readonly DatedRow[],
    views: readonly ReadView[],
    groups: readonly SnapshotGroup[],
    found: (FoundViewRows | undefined)[],
  ): Promise<void> {
    if (groups.length > FEW_SNAPSHOTS) return;
    await this.#parts.read(groups.map(({ id }) => id));
    for (const group of groups) await this.#readNewest(rows, views, group, found);
  }

  /** Rows of snapshots that few are asked of are left as they are. */
  async #readMany(
    rows: readonly DatedRow[],
    views: readonly ReadView[],
    groups: readonly SnapshotGroup[],
    found: (FoundViewRows | undefined)[],
  ): Promise<void> {
    const large = groups.filter(({ places }) => places.length > FEW_ROWS);
    if (large.length === 0) return;
    await this.#parts.read(large.map(({ id }) => id));
    const [pushed] = (await this.#query(pushedSql(views), [])) as boolean[][];
    /** By view, who is not in his newest snapshot: older ones may hold him. */
    const missing = views.map((): number[] => []);
    for (const group of large) {
      const parts = views.map(({ source }) => this.#parts.of(group.id).get(source.name));
      const sql = snapshotSetSql(keyOf(this.deployment, views[0]!.source), views, parts, pushed!);
      const [keys, ...clocks] = clockedValues(group.places.map((place) => rows[place]!));
      const answers = await this.#query(sql, pushed!.includes(true) ? [keys, ...clocks] : [keys]);
      const cut = cutter(views, parts);
      answers.forEach((row, i) => {
        const place = group.places[i]!;
        found[place] = cut(row, (v) => missing[v]!.push(place));
      });
    }
    for (const [v, places] of missing.entries()) {
      (await this.#readSet(places, rows, [views[v]!])).forEach(([row], i) => {
        found[places[i]!]![v] = row!;
      });
    }
  }

  /** Places of users whom one of the views does not have there are left as they are. */
  async #readNewest(
    rows: readonly DatedRow[],
    views: readonly ReadView[],
    { id, places }: SnapshotGroup,
    found: (FoundViewRows | undefined)[],
  ): Promise<void> {
    const parts = views.map(({ source }) => this.#parts.of(id).get(source.name));
    if (!parts.every((part) => part !== undefined)) return;
    const dates = parts.map(({ eventDate }) => eventDate);
    const sql = newestSnapshotSql(keyOf(this.deployment, views[0]!.source), views, dates);
    const owners = parts.map(({ ownerId }) => ownerId);
    const asked = places.map((place) => rows[place]!);
    const of = [...new Set(dates)].length === 1 ? dates[0] : dates.join("_");
    const name = `asof_newest_${of}${statementSuffix(views, this.deployment.views)}`;
    const answers = await this.#query(sql, [...clockedValues(asked), owners], nameOf(name));
    answers.forEach((row, i) => {
      if (row[0]) found[places[i]!] = offlineRowsOf(row, views, 1);
    });
  }

  /** The places of the rows by their newest effective snapshot; rows that have none are in no group. */
  async #bySnapshot(rows: readonly DatedRow[]): Promise<SnapshotGroup[]> {
    const clocks = new Map<string, DatedRow & { places: number[] }>();
    rows.forEach((row, place) => {
      const clock = `${row.asOf} ${row.knownAt?.getTime()}`;
      const known = clocks.get(clock);
      if (known) known.places.push(place);
      else clocks.set(clock, { ...row, places: [place] });
    });
    const asked = [...clocks.values()];
    const [, dates, instants] = clockedValues(asked);
    const { rows: newest } = await this.db.query<{ id: number | null }>({
      name: "asof_newest_snapshot",
      text: NEWEST_SNAPSHOT_OF_CLOCKS,
      values: [dates, instants],
    });
    const groups = new Map<number, SnapshotGroup>();
    newest.forEach(({ id }, i) => {
      if (id === null) return;
      const group = groups.get(id) ?? { id, places: [] };
      group.places.push(...asked[i]!.places);
      groups.set(id, group);
    });
    return [...groups.values()];
  }

  /** Of the rows at these places, in their order. */
  async #readSet(
    places: readonly number[],
    rows: readonly DatedRow[],
    views: readonly ReadView[],
  ): Promise<FoundViewRows[]> {
    if (places.length === 0) return [];
    // A plan made for any number of rows is made for few: many rows are planned for each time.
    const suffix = statementSuffix(views, this.deployment.views);
    const name = places.length <= FEW_ROWS ? `asof_point_in_time${suffix}` : undefined;
    const sql = pointInTimeSql(keyOf(this.deployment, views[0]!.source), views);
    const found: FoundViewRows[] = [];
    for (let from = 0; from < places.length; from += SET_ROWS) {
      const asked = places.slice(from, from + SET_ROWS).map((place) => rows[place]!);
      for (const row of await this.#query(sql, clockedValues(asked), name))
        found.push(offlineRowsOf(row, views));
    }
    return found;
  }

  async #query(text: string, values: unknown[], name?: string): Promise<unknown[][]> {
    const { rows } = await this.db.query<unknown[]>({ name, text, values, rowMode: "array" });
    return rows;
  }
}

/** Cuts rows of `snapshotSetSql` into the views' rows, and says of which view there is none yet. */
function cutter(
  views: readonly ReadView[],
  parts: SnapshotParts,
): (row: readonly unknown[], missing: (view: number) => void) => FoundViewRows {
  const ends = views.map((_, v) =>
    views.slice(0, v + 1).reduce((sum, { features }) => sum + features.length, 1),
  );
  return (row, missing) => {
    const origins = row[0] === null ? null : originsOf(row[0] as string);
    return views.map(({ features }, v) => {
      const values = row.slice(ends[v]! - features.length, ends[v]) as OfflineRow["values"];
      const pushedAt = origins === null ? null : origins[v];
      if (pushedAt) return { ownerId: null, eventTime: pushedAt, values };
      if (pushedAt === null) return { ownerId: parts[v]!.ownerId, eventTime: parts[v]!.eventDate, values };
      missing(v);
      return null;
    });
  };
}

const clockedValues = (rows: readonly DatedRow[]): unknown[] => [
  textArray(rows.map((row) => row.key)),
  rows.map((row) => row.asOf),
  rows.map((row) => row.knownAt?.toISOString() ?? "infinity"),
];

/** PostgreSQL cuts names at 63 bytes: two long ones that begin alike would be one. */
const nameOf = (name: string): string =>
  name.length <= 60 ? name : `asof_newest_${createHash("sha256").update(name).digest("hex").slice(0, 40)}`;
