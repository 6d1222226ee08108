import type { Queryable } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { NEWEST_SNAPSHOT_OF_CLOCKS, newestSnapshotSql } from "./newest-snapshot-sql.js";
import { pointInTimeSql } from "./point-in-time-sql.js";
import type { EntityRow } from "./types.js";
import { type ViewRow, viewRowsOf } from "./view-rows.js";

/** Up to here planning is most of what the statement over sets costs, even where its plan is kept. */
const FEW_ROWS = 100;
/** As many partitions of each view are planned at most for few rows. */
const FEW_SNAPSHOTS = 3;

type DatedRow = EntityRow & { asOf: string };
type Found = (ViewRow | null)[];

interface SnapshotGroup {
  id: number;
  asOf: string;
  places: number[];
}

/**
 * The point-in-time join. For (user, t, knownAt), per view: the user's row with the greatest as_of ≤ t among the
 * effective snapshots, which are per date the highest revision created by knownAt, of those whose rows retention has
 * not dropped; or what was pushed of a later date up to t and is bound to such a snapshot. Whether a row is too old to be served (ttl) is the reader's judgement: an expired row hides no older one.
 */
export class OfflineStore {
  readonly #setSql: string;

  constructor(
    private readonly db: Queryable,
    private readonly deployment: Deployment,
  ) {
    this.#setSql = pointInTimeSql(deployment.entity.key, deployment.views);
  }

  /** One list of view rows per asked row, in their order. Many rows are one statement over sets. */
  async read(rows: readonly DatedRow[]): Promise<Found[]> {
    return rows.length <= FEW_ROWS ? this.#readFew(rows) : this.#readSet(rows);
  }

  /** Nearly all users are in the newest snapshot: only who is not costs the statement over all of them. */
  async #readFew(rows: readonly DatedRow[]): Promise<Found[]> {
    const found = new Array<Found | undefined>(rows.length);
    const groups = await this.#bySnapshot(rows);
    if (groups.length <= FEW_SNAPSHOTS) {
      for (const { id, asOf, places } of groups) {
        const asked = places.map((place) => rows[place]!);
        const sql = newestSnapshotSql(this.deployment.entity.key, this.deployment.views, asOf);
        const answers = await this.#query(sql, [...clockedValues(asked), id], `asof_newest_${asOf}`);
        answers.forEach(([complete, ...row], i) => {
          if (complete) found[places[i]!] = viewRowsOf(row, this.deployment.views);
        });
      }
    }
    const left = [...rows.keys()].filter((place) => found[place] === undefined);
    if (left.length > 0) {
      const rest = await this.#readSet(left.map((place) => rows[place]!));
      left.forEach((place, i) => {
        found[place] = rest[i]!;
      });
    }
    return found as Found[];
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
    const { rows: newest } = await this.db.query<{ id: number | null; asOf: string }>({
      name: "asof_newest_snapshot",
      text: NEWEST_SNAPSHOT_OF_CLOCKS,
      values: [dates, instants],
    });
    const groups = new Map<number, SnapshotGroup>();
    newest.forEach(({ id, asOf }, i) => {
      if (id === null) return;
      const group = groups.get(id) ?? { id, asOf, places: [] };
      group.places.push(...asked[i]!.places);
      groups.set(id, group);
    });
    return [...groups.values()];
  }

  async #readSet(rows: readonly DatedRow[]): Promise<Found[]> {
    // A plan made for any number of rows is made for few: many rows are planned for each time.
    const name = rows.length <= FEW_ROWS ? "asof_point_in_time" : undefined;
    const found = await this.#query(this.#setSql, clockedValues(rows), name);
    return found.map((row) => viewRowsOf(row, this.deployment.views));
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
