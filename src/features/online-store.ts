import { type Queryable, quote } from "../db/pool.js";
import { onlineTableName } from "../db/tables/derived.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { type ViewRow, viewRowColumns, viewRowsOf } from "./view-rows.js";

/** The values served right now. */
export class OnlineStore {
  readonly #sql: string;

  constructor(
    private readonly db: Queryable,
    private readonly deployment: Deployment,
  ) {
    const { views, entity } = deployment;
    const joins = views.map(
      (view, index) =>
        `left join ${quote(onlineTableName(view))} v${index} on v${index}.${quote(entity.key)} = asked.user_id`,
    );
    this.#sql = `
      select ${viewRowColumns(views)}
      from unnest($1::text[]) with ordinality asked(user_id, ordinal) ${joins.join(" ")} order by ordinal`;
  }

  /** One statement for all views of all users; one list of view rows per user, in the users' order. */
  async read(userIds: readonly string[]): Promise<(ViewRow | null)[][]> {
    const { rows } = await this.db.query({
      name: "asof_online_read",
      text: this.#sql,
      values: [userIds],
      rowMode: "array",
    });
    return rows.map((row) => viewRowsOf(row as unknown[], this.deployment.views));
  }
}
