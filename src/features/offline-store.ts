import type { Queryable } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { pointInTimeSql } from "./point-in-time-sql.js";
import type { EntityRow } from "./types.js";
import { type ViewRow, viewRowsOf } from "./view-rows.js";

/** Up to here a kept plan is worth more than one that fits. */
const FEW_ROWS = 100;

/**
 * The point-in-time join. For (user, t, knownAt), per view: the user's row with the greatest as_of ≤ t among the
 * effective snapshots, which are per date the highest revision created by knownAt, of those whose rows retention has
 * not dropped; or what was pushed of a later date up to t and is bound to such a snapshot. Whether a row is too old to be served (ttl) is the reader's judgement: an expired row hides no older one.
 */
export class OfflineStore {
  readonly #sql: string;

  constructor(
    private readonly db: Queryable,
    private readonly deployment: Deployment,
  ) {
    this.#sql = pointInTimeSql(deployment.entity.key, deployment.views);
  }

  /** One set-based statement for all rows; one list of view rows per asked row, in their order. */
  async read(rows: readonly (EntityRow & { asOf: string })[]): Promise<(ViewRow | null)[][]> {
    const { rows: found } = await this.db.query({
      // A plan made for any number of rows is made for few: many rows are planned for each time.
      name: rows.length <= FEW_ROWS ? "asof_point_in_time" : undefined,
      text: this.#sql,
      values: [
        rows.map((row) => row.userId),
        rows.map((row) => row.asOf),
        rows.map((row) => row.knownAt?.toISOString() ?? "infinity"),
      ],
      rowMode: "array",
    });
    return found.map((row) => viewRowsOf(row as unknown[], this.deployment.views));
  }
}
