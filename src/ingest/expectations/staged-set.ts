import { type Pool, quote } from "../../db/pool.js";
import type { Deployment, Source } from "../../definitions/language/deployment.js";
import { keyOf } from "../../definitions/language/entities.js";
import { stagingTable } from "../staging.js";
import { type FoundRows, findUnexpected, unknownRows } from "../unexpected-rows.js";

interface Parts {
  readonly db: Pool;
  readonly deployment: Deployment;
  readonly runId: string;
  readonly source: Source;
  /** The declaration's; null for the file as a whole. */
  readonly columnName: string | null;
  /** Under which unexpected rows are noted for quarantine; null where they are not. */
  readonly number: number | null;
  /** The same of the rows of a source that could not be staged for their shape. */
  readonly misshapenOf: (source: string) => number | null;
  /** Rows of the file that are to be published. */
  readonly rowsLeft: number;
}

/** What an expectation over all rows reads: a source's staged rows, and those of the other sources. */
export class StagedSet {
  readonly db: Pool;
  readonly runId: string;
  readonly number: number | null;
  readonly rowsLeft: number;
  /** The staged rows as a table: `line`, the key, the columns. */
  readonly table: string;
  /** The key's column. */
  readonly keyName: string;

  constructor(private readonly parts: Parts) {
    const { db, runId, number, rowsLeft, source, deployment } = parts;
    this.db = db;
    this.runId = runId;
    this.number = number;
    this.rowsLeft = rowsLeft;
    this.table = stagingTable(runId, source);
    this.keyName = keyOf(deployment, source);
  }

  /** The declaration's column, quoted. */
  get column(): string {
    const { columnName, source } = this.parts;
    if (columnName === null) throw new Error(`source ${source.name}: the expectation is of no column`);
    return quote(columnName);
  }

  /** Staged rows of a source of this delivery, as a table; null where there is no such source. */
  tableOf(source: string): string | null {
    const found = this.#find(source);
    return found ? stagingTable(this.runId, found) : null;
  }

  /**
   * Counts, samples and, where the source quarantines, notes rows.
   * @param rowsSql selects `line`, `key` and `value` (text) of the unexpected rows
   */
  unexpected(rowsSql: string): Promise<FoundRows> {
    return findUnexpected(this.db, this.runId, rowsSql, this.number);
  }

  /** Rows whose column holds a key that the target has neither in this delivery nor from an earlier one. */
  unknownKeys(target: string): Promise<FoundRows> {
    const { deployment, runId, source, columnName, misshapenOf } = this.parts;
    const to = this.#find(target)!;
    return this.unexpected(unknownRows(deployment, runId, source, to, columnName!, misshapenOf(target)));
  }

  /** How many of the column's values are not empty. */
  async values(): Promise<number> {
    const { rows } = await this.db.query<{ values: number }>(
      `select count(${this.column})::int as values from ${this.table}`,
    );
    return rows[0]!.values;
  }

  #find(source: string): Source | undefined {
    return this.parts.deployment.sources.find(({ name }) => name === source);
  }
}
