import { decodeCursor, type PageRequest, type Slice, toSlice } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import type { QuarantinedRow } from "../registry/run.js";

/** Of a run that found its files unchanged, the rows are those of the run that published them. */
const MADE_BY = `select r.id, coalesce((runs.result->>'quarantinedBy')::uuid, r.id) as made_by
  from unnest($1::uuid[]) r(id) left join runs on runs.id = r.id`;

/** Reads what publications kept out. */
export class QuarantineStore {
  constructor(private readonly db: Queryable) {}

  /**
   * A page of each run's rows, by source and line.
   * @param source null for all
   */
  async list(
    runIds: readonly string[],
    source: string | null,
    page: PageRequest,
  ): Promise<Slice<QuarantinedRow>[]> {
    const cursor = page.after ? decodeCursor(page.after, 2, isPlace) : ["", 0];
    const { rows } = await this.db.query<QuarantinedRow & { runId: string }>(
      `select m.id as "runId", q.* from (${MADE_BY}) m cross join lateral (
         select source, line, key, reasons, row from quarantined_rows
         where run_id = m.made_by and ($2::text is null or source = $2) and (source, line) > ($3, $4)
         order by source, line limit $5
       ) q order by q.source, q.line`,
      [runIds, source, ...cursor, page.first + 1],
    );
    const byRun = new Map<string, QuarantinedRow[]>(runIds.map((id) => [id, []]));
    for (const { runId, ...row } of rows) byRun.get(runId)!.push(row);
    return runIds.map((id) =>
      toSlice(
        byRun.get(id)!,
        page,
        (row) => row,
        (row) => [row.source, row.line],
      ),
    );
  }

  /** How many each run has. */
  async count(runIds: readonly string[], source: string | null): Promise<number[]> {
    const { rows } = await this.db.query<{ id: string; count: number }>(
      `select m.id, count(*)::int as count from (${MADE_BY}) m join quarantined_rows q on q.run_id = m.made_by
       where $2::text is null or q.source = $2 group by m.id`,
      [runIds, source],
    );
    const counts = new Map(rows.map(({ id, count }) => [id, count]));
    return runIds.map((id) => counts.get(id) ?? 0);
  }
}

const isPlace = ([source, line]: readonly (string | number)[]): boolean =>
  typeof source === "string" && Number.isInteger(line) && Math.abs(Number(line)) < 2 ** 31;
