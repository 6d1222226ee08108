import { and, sql } from "drizzle-orm";
import type { Queryable } from "../db/pool.js";
import { runs } from "../db/tables/runs.js";
import { find, isAnyOf } from "../db/typed.js";
import { parseCalendarDate } from "../values/calendar-date.js";

/** A dataset that a trainer read, as it says it itself. */
export interface DatasetInput {
  name: string;
  digest: string;
  sourceType?: string | undefined;
  source?: string | undefined;
  schema?: string | undefined;
  profile?: string | undefined;
  tags: Record<string, string>;
}

const SNAPSHOT_SOURCE = /asof:\/\/snapshot\/(\d{4}-\d\d-\d\d)(?!\d)/;

/** The date of the first snapshot that one of them was read from; null where none names a day that exists. */
export const snapshotDateOf = (inputs: readonly DatasetInput[]): string | null =>
  inputs
    .map(({ source }) => parseCalendarDate(SNAPSHOT_SOURCE.exec(source ?? "")?.[1]))
    .find((date) => date !== null) ?? null;

/** Of each run, in the order they were first logged. */
export async function findInputs(db: Queryable, runIds: readonly string[]): Promise<DatasetInput[][]> {
  const rows = await find<{ id: string; inputs: DatasetInput[] }>(
    db,
    { id: runs.id, inputs: runs.inputs },
    (select) => select.from(runs).where(and(isAnyOf(runs.id, runIds), sql`inputs <> '[]'`)),
  );
  const byId = new Map(rows.map(({ id, inputs }) => [id, inputs]));
  return runIds.map((id) => byId.get(id) ?? []);
}
