import { createHash } from "node:crypto";
import type { Queryable } from "../../../db/pool.js";
import { findParts, type PartsByName, undeclaredIn } from "../../../db/snapshots/snapshot-parts.js";
import type { Deployment, FeatureView } from "../../../definitions/language/deployment.js";
import { statementSuffix } from "../../feature-selection.js";
import { NO_PART, type OfflineRow, offlineRowsOf } from "../../view-rows.js";
import type { DatedRow, PointInTime, PointInTimeRows } from "../offline-engine.js";
import { NEWEST_SNAPSHOT_OF_CLOCKS, newestSnapshotSql } from "./newest-snapshot-sql.js";
import { pointInTimeSql } from "./point-in-time-sql.js";

/** Up to here planning is most of what the statement over sets costs, even where its plan is kept. */
const FEW_ROWS = 100;
/** As many partitions of each view are planned at most for few rows. */
const FEW_SNAPSHOTS = 3;

type Read = (OfflineRow | typeof NO_PART | null)[];

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
  /** What snapshots say of themselves never changes while this process runs. */
  readonly #parts = new Map<number, PartsByName>();

  constructor(
    private readonly db: Queryable,
    private readonly deployment: Deployment,
  ) {}

  /**
   * One list of view rows per asked row, in their order. Many rows are one statement over sets.
   * @param views whose rows are read, in this order; absent: all
   */
  async read(
    rows: readonly DatedRow[],
    views: readonly FeatureView[] = this.deployment.views,
  ): Promise<PointInTimeRows[]> {
    if (views.length === 0) return rows.map(() => []);
    const read = await (rows.length <= FEW_ROWS ? this.#readFew(rows, views) : this.#readSet(rows, views));
    return this.#withUndeclared(read, views);
  }

  /** Nearly all users are in the newest snapshot: only who is not costs the statement over all of them. */
  async #readFew(rows: readonly DatedRow[], views: readonly FeatureView[]): Promise<Read[]> {
    const found = new Array<Read | undefined>(rows.length);
    const groups = await this.#bySnapshot(rows);
    if (groups.length <= FEW_SNAPSHOTS) {
      await this.#describe(groups.map(({ id }) => id));
      for (const group of groups) await this.#readNewest(rows, views, group, found);
    }
    const left = [...rows.keys()].filter((place) => found[place] === undefined);
    if (left.length > 0) {
      const rest = await this.#readSet(
        left.map((place) => rows[place]!),
        views,
      );
      left.forEach((place, i) => {
        found[place] = rest[i]!;
      });
    }
    return found as Read[];
  }

  /** Places of users whom one of the views does not have there are left as they are. */
  async #readNewest(
    rows: readonly DatedRow[],
    views: readonly FeatureView[],
    { id, places }: SnapshotGroup,
    found: (Read | undefined)[],
  ): Promise<void> {
    const parts = views.map(({ source }) => this.#parts.get(id)!.get(source.name));
    if (!parts.every((part) => part !== undefined)) return;
    const dates = parts.map(({ eventDate }) => eventDate);
    const sql = newestSnapshotSql(this.deployment.entity.key, views, dates);
    const owners = parts.map(({ ownerId }) => ownerId);
    const asked = places.map((place) => rows[place]!);
    const of = [...new Set(dates)].length === 1 ? dates[0] : dates.join("_");
    const name = `asof_newest_${of}${statementSuffix(views, this.deployment.views)}`;
    const answers = await this.#query(sql, [...clockedValues(asked), owners], nameOf(name));
    answers.forEach(([complete, ...row], i) => {
      if (complete) found[places[i]!] = offlineRowsOf(row, views);
    });
  }

  /** An empty value of a column that the snapshot was made without says nothing of the user. */
  async #withUndeclared(read: Read[], views: readonly FeatureView[]): Promise<PointInTimeRows[]> {
    const isEmpty = (row: Read[number]): row is OfflineRow =>
      row !== null && row !== NO_PART && row.ownerId !== null && row.values.includes(null);
    await this.#describe(read.flatMap((found) => found.filter(isEmpty).map(({ ownerId }) => ownerId!)));
    const undeclared = new Map<string, readonly boolean[] | undefined>();
    for (const found of read) {
      found.forEach((row, v) => {
        if (!isEmpty(row)) return;
        const known = `${row.ownerId} ${v}`;
        if (!undeclared.has(known)) undeclared.set(known, this.#undeclared(row.ownerId!, views[v]!));
        row.undeclared = undeclared.get(known);
      });
    }
    return read;
  }

  #undeclared(ownerId: number, view: FeatureView): readonly boolean[] | undefined {
    const part = this.#parts.get(ownerId)?.get(view.source.name);
    const without = part && undeclaredIn(part, view.features);
    return without?.length ? view.features.map((feature) => without.includes(feature)) : undefined;
  }

  /** Reads what is not known yet of the parts of these snapshots. */
  async #describe(ids: readonly number[]): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.#parts.has(id));
    if (unknown.length === 0) return;
    for (const [id, parts] of await findParts(this.db, unknown)) this.#parts.set(id, parts);
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

  async #readSet(rows: readonly DatedRow[], views: readonly FeatureView[]): Promise<Read[]> {
    // A plan made for any number of rows is made for few: many rows are planned for each time.
    const suffix = statementSuffix(views, this.deployment.views);
    const name = rows.length <= FEW_ROWS ? `asof_point_in_time${suffix}` : undefined;
    const sql = pointInTimeSql(this.deployment.entity.key, views);
    const found = await this.#query(sql, clockedValues(rows), name);
    return found.map((row) => offlineRowsOf(row, views));
  }

  async #query(text: string, values: unknown[], name?: string): Promise<unknown[][]> {
    const { rows } = await this.db.query<unknown[]>({ name, text, values, rowMode: "array" });
    return rows;
  }
}

const clockedValues = (rows: readonly DatedRow[]): unknown[] => [
  rows.map((row) => row.userId),
  rows.map((row) => row.asOf),
  rows.map((row) => row.knownAt?.toISOString() ?? "infinity"),
];

/** PostgreSQL cuts names at 63 bytes: two long ones that begin alike would be one. */
const nameOf = (name: string): string =>
  name.length <= 60 ? name : `asof_newest_${createHash("sha256").update(name).digest("hex").slice(0, 40)}`;
