import type { Pool, Queryable } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { runTable } from "./staging.js";

export const isQuarantining = ({ onInvalid }: Source): boolean => onInvalid === "quarantine";
export const mayQuarantine = ({ sources }: Deployment): boolean => sources.some(isQuarantining);

/** No source has a name like these. */
export const unfitTable = (runId: string): string => runTable(runId, "~unfit");
export const keptOutTable = (runId: string): string => runTable(runId, "~kept_out");
export const rowsTable = (runId: string): string => runTable(runId, "~rows");

/** Where a run notes which row broke which expectation. Unlogged, like all that is staged. */
export async function createUnfitTable(db: Queryable, runId: string): Promise<void> {
  await db.query(`drop table if exists ${unfitTable(runId)}`);
  await db.query(
    `create unlogged table ${unfitTable(runId)} (rule smallint not null, line integer not null, key text)`,
  );
}

/** @param rowsSql selects `line` and `key` of the staged rows that break the expectation of that number */
export async function noteUnfit(
  db: Queryable,
  runId: string,
  number: number,
  rowsSql: string,
): Promise<void> {
  await db.query(
    `insert into ${unfitTable(runId)} (rule, line, key) select ${number}, line, key from (${rowsSql}) u`,
  );
}

const FULL = 2000;

/** Notes the unfit rows of a pass over a file, in batches: a file may have nothing but such rows. */
export class UnfitRows {
  #rules: number[] = [];
  #lines: number[] = [];
  #keys: (string | null)[] = [];

  constructor(
    private readonly pool: Pool,
    private readonly runId: string,
  ) {}

  readonly note = (rule: number, line: number, key: string | null): void => {
    this.#rules.push(rule);
    this.#lines.push(line);
    this.#keys.push(key?.replaceAll("\0", "\u2400") ?? null);
  };

  /** To be awaited between batches of rows: writes what was noted, where that has become much. */
  async flushIfFull(): Promise<void> {
    if (this.#rules.length >= FULL) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#rules.length === 0) return;
    const values = [this.#rules, this.#lines, this.#keys];
    [this.#rules, this.#lines, this.#keys] = [[], [], []];
    await this.pool.query(
      `insert into ${unfitTable(this.runId)} (rule, line, key) select * from unnest($1::smallint[], $2::int[], $3::text[])`,
      values,
    );
  }
}
