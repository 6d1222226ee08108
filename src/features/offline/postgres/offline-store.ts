import { createHash } from "node:crypto";
import type { Queryable } from "../../../db/pool.js";
import type { Deployment } from "../../../definitions/language/deployment.js";
import { keyOf } from "../../../definitions/language/entities.js";
import { statementSuffix } from "../../feature-selection.js";
import type { ReadView } from "../../parent-keys.js";
import { offlineRowsOf } from "../../view-rows.js";
import type { DatedRow, PointInTime, PointInTimeRows } from "../offline-engine.js";
import { type FoundViewRows, PartDescriptions } from "../part-descriptions.js";
import { NEWEST_SNAPSHOT_OF_CLOCKS, newestSnapshotSql } from "./newest-snapshot-sql.js";
import { pointInTimeSql } from "./point-in-time-sql.js";

/** Up to here planning is most of what the statement over sets costs, even where its plan is kept. */
const FEW_ROWS = 100;
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
   * One list of view rows per asked row, in their order. Many rows are one statement over sets.
   * @param views whose rows are read, in this order; absent: all
   */
  async read(
    rows: readonly DatedRow[],
    views: readonly ReadView[] = this.deployment.views,
  ): Promise<PointInTimeRows[]> {
    if (views.length === 0) return rows.map(() => []);
    const read = await (rows.length <= FEW_ROWS ? this.#readFew(rows, views) : this.#readSet(rows, views));
    return this.#parts.markUndeclared(read, views);
  }

  /** Nearly all users are in the newest snapshot: only who is not costs the statement over all of them. */
  async #readFew(rows: readonly DatedRow[], views: readonly ReadView[]): Promise<FoundViewRows[]> {
    const found = new Array<FoundViewRows | undefined>(rows.length);
    const groups = await this.#bySnapshot(rows);
    if (groups.length <= FEW_SNAPSHOTS) {
      await this.#parts.read(groups.map(({ id }) => id));
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
    return found as FoundViewRows[];
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
    answers.forEach(([complete, ...row], i) => {
      if (complete) found[places[i]!] = offlineRowsOf(row, views);
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

  async #readSet(rows: readonly DatedRow[], views: readonly ReadView[]): Promise<FoundViewRows[]> {
    // A plan made for any number of rows is made for few: many rows are planned for each time.
    const suffix = statementSuffix(views, this.deployment.views);
    const name = rows.length <= FEW_ROWS ? `asof_point_in_time${suffix}` : undefined;
    const sql = pointInTimeSql(keyOf(this.deployment, views[0]!.source), views);
    const found = await this.#query(sql, clockedValues(rows), name);
    return found.map((row) => offlineRowsOf(row, views));
  }

  async #query(text: string, values: unknown[], name?: string): Promise<unknown[][]> {
    const { rows } = await this.db.query<unknown[]>({ name, text, values, rowMode: "array" });
    return rows;
  }
}

const clockedValues = (rows: readonly DatedRow[]): unknown[] => [
  rows.map((row) => row.key),
  rows.map((row) => row.asOf),
  rows.map((row) => row.knownAt?.toISOString() ?? "infinity"),
];

/** PostgreSQL cuts names at 63 bytes: two long ones that begin alike would be one. */
const nameOf = (name: string): string =>
  name.length <= 60 ? name : `asof_newest_${createHash("sha256").update(name).digest("hex").slice(0, 40)}`;
