import { type Queryable, quote, textArray } from "../../../db/pool.js";
import { onlineTableName } from "../../../db/tables/derived.js";
import type { Deployment, FeatureView } from "../../../definitions/language/deployment.js";
import { keyOf } from "../../../definitions/language/entities.js";
import { statementSuffix } from "../../feature-selection.js";
import { namedViewColumns, viewColumnArrays, viewRowsOfColumns } from "../../view-columns.js";
import { type ViewRow, viewRowColumns, viewRowsOf } from "../../view-rows.js";
import type { OnlineState, OnlineStore } from "../online-store.js";

/** From so many users on, columns: a third of the work for this process, a tenth more for PostgreSQL. */
const COLUMNS_FROM = 64;
/** So many come from one request: small reads that are made together stay below (read-batcher.ts). */
const LARGE_FROM = 257;

interface ReadStatements {
  /** Of the prepared statements' names. */
  suffix: string;
  rowsSql: string;
  columnsSql: string;
}

function readStatements(deployment: Deployment, views: readonly FeatureView[]): ReadStatements {
  const joins = views.map(
    (view, index) =>
      `left join ${quote(onlineTableName(view))} v${index} on v${index}.${quote(keyOf(deployment, view.source))} = asked.key`,
  );
  const asked = `from unnest($1::text[]) with ordinality asked(key, ordinal) ${joins.join(" ")} order by asked.ordinal`;
  return {
    suffix: statementSuffix(views, deployment.views),
    rowsSql: `select ${viewRowColumns(views)} ${asked}`,
    columnsSql: `select ${viewColumnArrays(views)} from (select ${namedViewColumns(views)} ${asked}) found`,
  };
}

/** Reads the online tables themselves. */
export class PostgresOnlineStore implements OnlineStore {
  /** What is read are the tables themselves. */
  readonly copy = null;
  /** Made once for each list of views that is read. */
  readonly #statements = new WeakMap<readonly FeatureView[], ReadStatements>();

  /**
   * @param large where the values of many users are read, so that nobody's few wait for them
   * @param probe where it is asked whether PostgreSQL answers
   */
  constructor(
    private readonly db: Queryable,
    private readonly deployment: Deployment,
    private readonly large: Queryable = db,
    private readonly probe: Queryable = db,
  ) {}

  async read(
    keys: readonly string[],
    views: readonly FeatureView[] = this.deployment.views,
  ): Promise<(ViewRow | null)[][]> {
    if (views.length === 0) return keys.map(() => []);
    const { suffix, rowsSql, columnsSql } = this.#statementsOf(views);
    if (keys.length < COLUMNS_FROM) {
      const rows = await this.#query(`asof_online_read${suffix}`, rowsSql, keys);
      return rows.map((row) => viewRowsOf(row, views));
    }
    const [texts] = await this.#query(`asof_online_columns${suffix}`, columnsSql, keys);
    return viewRowsOfColumns(texts as string[], views, keys.length);
  }

  #statementsOf(views: readonly FeatureView[]): ReadStatements {
    let statements = this.#statements.get(views);
    if (!statements) {
      statements = readStatements(this.deployment, views);
      this.#statements.set(views, statements);
    }
    return statements;
  }

  async #query(name: string, text: string, keys: readonly string[]): Promise<unknown[][]> {
    const db = keys.length >= LARGE_FROM ? this.large : this.db;
    const { rows } = await db.query({ name, text, values: [textArray(keys)], rowMode: "array" });
    return rows as unknown[][];
  }

  /** What is read is what was written. */
  async fill(): Promise<void> {}
  async refresh(): Promise<void> {}
  async forget(): Promise<void> {}

  state(): Promise<OnlineState> {
    return this.probe.query("select 1").then(
      () => "OK",
      () => "DOWN",
    );
  }
}
