import type { FeatureSelection } from "../feature-selection.js";
import { parentView } from "../parent-keys.js";
import { readLevels } from "../read-levels.js";
import { NO_PART, type ViewRow } from "../view-rows.js";
import type { DatedRow, JoinedRows, PointInTime, PointInTimeRows } from "./offline-engine.js";

/** One list of view rows per asked row. What a row belongs to is what its snapshot as of the date says. */
export const readDated = (
  offline: PointInTime,
  rows: readonly DatedRow[],
  levels: FeatureSelection["levels"],
): Promise<PointInTimeRows[]> =>
  readLevels<DatedRow, ViewRow>(levels, rows, {
    read: (asked, views) => offline.read(asked, views),
    parents: async (asked, link) => {
      const found = await offline.read(asked, [parentView(link)]);
      return asked.map((row, i) => parentRow(row, found[i]![0]!));
    },
  });

/** The same question about what the row belongs to; `NO_PART` where the snapshot does not say it of anybody. */
function parentRow(row: DatedRow, found: PointInTimeRows[number]): DatedRow | null | typeof NO_PART {
  if (found === null || found === NO_PART) return found;
  const [key] = found.values;
  if (key === null || key === undefined) return found.undeclared?.[0] ? NO_PART : null;
  return { ...row, key: String(key) };
}

/** Rows joined by one call: the more of a snapshot are asked together, the less each costs. */
export const JOINED_TOGETHER = 50_000;
/** Of a file, whose rows are held three times over while they are joined: memory does not grow with it. */
export const JOINED_OF_A_FILE = 20_000;

/** The join of any number of rows by a store of few: a few thousand at a time. */
export async function* joinTogether(
  offline: PointInTime,
  asked: AsyncIterable<DatedRow[]>,
  levels: FeatureSelection["levels"],
): AsyncGenerator<JoinedRows, void, undefined> {
  for await (const rows of together(asked)) yield { rows, found: await readDated(offline, rows, levels) };
}

async function* together(batches: AsyncIterable<DatedRow[]>): AsyncGenerator<DatedRow[]> {
  let held: DatedRow[] = [];
  for await (const batch of batches) {
    for (const row of batch) {
      held.push(row);
      if (held.length < JOINED_OF_A_FILE) continue;
      yield held;
      held = [];
    }
  }
  if (held.length > 0) yield held;
}
