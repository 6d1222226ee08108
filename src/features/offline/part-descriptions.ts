import type { Queryable } from "../../db/pool.js";
import { findParts, type PartsByName, undeclaredIn } from "../../db/snapshots/snapshot-parts.js";
import type { ReadView } from "../parent-keys.js";
import { NO_PART, type OfflineRow } from "../view-rows.js";
import type { PointInTimeRows } from "./offline-engine.js";

export type FoundViewRows = (OfflineRow | typeof NO_PART | null)[];

/** What snapshots say of their parts. It never changes, so it is read once. */
export class PartDescriptions {
  readonly #parts = new Map<number, PartsByName>();

  constructor(private readonly db: Queryable) {}

  of(snapshotId: number): PartsByName {
    return this.#parts.get(snapshotId)!;
  }

  /** Reads what is not known yet of the parts of these snapshots. */
  async read(ids: readonly number[]): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.#parts.has(id));
    if (unknown.length === 0) return;
    for (const [id, parts] of await findParts(this.db, unknown)) this.#parts.set(id, parts);
  }

  /** Says of found rows which columns their snapshots were made without: an empty value of one says nothing of the user. */
  async markUndeclared(read: FoundViewRows[], views: readonly ReadView[]): Promise<PointInTimeRows[]> {
    const isEmpty = (row: FoundViewRows[number]): row is OfflineRow =>
      row !== null && row !== NO_PART && row.ownerId !== null && row.values.includes(null);
    const owners = new Set<number>();
    for (const found of read) for (const row of found) if (isEmpty(row)) owners.add(row.ownerId!);
    if (owners.size === 0) return read;
    await this.read([...owners]);
    const undeclared = views.map((view) => {
      const of = (owner: number) => [owner, this.#undeclared(owner, view)] as const;
      return new Map([...owners].map(of));
    });
    for (const found of read) {
      found.forEach((row, v) => {
        if (isEmpty(row)) row.undeclared = undeclared[v]!.get(row.ownerId!);
      });
    }
    return read;
  }

  #undeclared(ownerId: number, view: ReadView): readonly boolean[] | undefined {
    const part = this.#parts.get(ownerId)?.get(view.source.name);
    const without = part && undeclaredIn(part, view.features);
    return without?.length ? view.features.map((feature) => without.includes(feature)) : undefined;
  }
}
