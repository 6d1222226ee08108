import type { ColumnValue } from "../../../definitions/language/column.js";
import type { FeatureSelection } from "../../feature-selection.js";
import type { ReadView } from "../../parent-keys.js";
import { NO_PART, type OfflineRow } from "../../view-rows.js";
import type { DatedRow, JoinedRows } from "../offline-engine.js";
import type { FoundViewRows, PartDescriptions } from "../part-descriptions.js";
import type { JoinPlan, PlannedRead } from "./join-plan.js";

type Found = FoundViewRows[number];

/** Makes of an engine's rows what PostgreSQL's reads give: per view its row, or why there is none. */
export class JoinedReader {
  /** The selection's views, in its order. */
  readonly #views: ReadView[];

  constructor(
    private readonly plan: JoinPlan,
    private readonly descriptions: PartDescriptions,
    levels: FeatureSelection["levels"],
  ) {
    this.#views = [];
    for (const { views, at } of levels)
      views.forEach((view, i) => {
        this.#views[at[i]!] = view;
      });
  }

  /** @param rows of `joinSql`'s result */
  async read(rows: readonly (readonly unknown[])[]): Promise<JoinedRows> {
    const asked: DatedRow[] = [];
    const found: FoundViewRows[] = [];
    for (const [, key, asOf, epoch, ...values] of rows) {
      asked.push({ key: key as string, asOf: asOf as string });
      found.push(this.#rowsOf(values, asOf as string, epoch as number));
    }
    return { rows: asked, found: await this.descriptions.markUndeclared(found, this.#views) };
  }

  #rowsOf(values: readonly unknown[], asOf: string, epoch: number): FoundViewRows {
    const rows: FoundViewRows = this.#views.map(() => null);
    /** By level: why nothing is known there. */
    const none = new Map<number, null | typeof NO_PART>();
    let offset = 0;
    for (const read of this.plan.reads) {
      const [ownerId, eventTime] = values.slice(offset, offset + 2) as [number | null, string | null];
      const held = values.slice(offset + 2, offset + 2 + read.view.features.length) as ColumnValue[];
      offset += 2 + read.view.features.length;
      const unknown = none.get(read.level);
      const row: Found =
        unknown !== undefined
          ? unknown
          : eventTime === null
            ? this.#missing(read, asOf, epoch)
            : { ownerId, eventTime, values: held };
      if (read.place !== null) rows[read.place] = row;
      else if (row === null || row === NO_PART) none.set(read.level + 1, row);
      else if (row.values[0] === null) none.set(read.level + 1, this.#isDeclared(row, read) ? null : NO_PART);
    }
    return rows;
  }

  /** There were snapshots, and none with a part of the view's source. */
  #missing({ starts }: PlannedRead, asOf: string, epoch: number): null | typeof NO_PART {
    const [first, start] = [this.plan.firstDates.get(epoch), starts.get(epoch)];
    const isBefore = (date: string | undefined) => date === undefined || date > asOf;
    return !isBefore(first) && isBefore(start) ? NO_PART : null;
  }

  #isDeclared({ ownerId }: OfflineRow, { view }: PlannedRead): boolean {
    const part = this.descriptions.of(ownerId!).get(view.source.name)!;
    return part.columns.some(({ stored }) => stored === view.features[0]);
  }
}
