import { decodeCursor, type Page, type PageRequest, toPage } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import type { QuarantinedRow } from "../registry/run.js";

/** Reads what publications kept out. */
export class QuarantineStore {
  constructor(private readonly db: Queryable) {}

  /**
   * A run's rows by source and line; of a run that found its files unchanged, those of the run that published them.
   * @param source null for all
   */
  async list(runId: string, source: string | null, page: PageRequest): Promise<Page<QuarantinedRow>> {
    const of = `run_id = coalesce((select (result->>'quarantinedBy')::uuid from runs where id = $1), $1)
      and ($2::text is null or source = $2)`;
    const { rows: counted } = await this.db.query<{ count: number }>(
      `select count(*)::int as count from quarantined_rows where ${of}`,
      [runId, source],
    );
    const cursor = page.after ? decodeCursor(page.after, 2, isPlace) : ["", 0];
    const { rows } = await this.db.query<QuarantinedRow>(
      `select source, line, user_id as "userId", reasons, row from quarantined_rows
       where ${of} and (source, line) > ($3, $4) order by source, line limit $5`,
      [runId, source, ...cursor, page.first + 1],
    );
    return toPage(
      rows,
      page.first,
      counted[0]!.count,
      (row) => row,
      (row) => [row.source, row.line],
    );
  }
}

const isPlace = ([source, line]: readonly (string | number)[]): boolean =>
  typeof source === "string" && Number.isInteger(line) && Math.abs(Number(line)) < 2 ** 31;
