import type { Queryable } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import {
  byEntity,
  countCurrent,
  countParts,
  type HeldPart,
  type PlaceRows,
} from "../../features/erasure/erasure-counts.js";
import type { ErasureStore, Subject } from "../../features/erasure/erasure-store.js";
import { countAudit } from "./blank-audit.js";
import { countDerived } from "./erase-derived.js";
import { filesOf, parityMentioning, snapshotsHolding } from "./erase-files.js";
import { countKeyed } from "./erase-keyed-files.js";
import { type EraseReport, whatStays } from "./erase-report.js";
import { mentionOf } from "./mention.js";
import { countMentions } from "./scrub-runs.js";
import { countTexts } from "./scrub-texts.js";

/** How far an erasure would reach if it were asked for now. */
export interface ErasureReach extends EraseReport {
  /** Whether the person is kept out already. */
  keptOut: boolean;
  /** Keys of other entities that belong to the person, and would be erased with them. */
  belonging: { entity: string; keys: number }[];
  snapshotIds: number[];
}

/**
 * Counts what an erasure would delete, by what it would delete it by. Nothing is written.
 * @throws {NothingToEraseError} no table holds the key, and it was never erased
 */
export async function reachOfErasure(
  db: Queryable,
  deployment: Deployment,
  erasures: ErasureStore,
  subject: Subject,
): Promise<ErasureReach> {
  const { keptOut } = await erasures.requireKnown(subject);
  const subjects = await erasures.withDependants(db, [subject]);
  const found: PlaceRows[] = [];
  const held: HeldPart[] = [];
  const persons = byEntity(subjects);
  for (const each of persons) {
    const parts = await countParts(db, deployment, each);
    held.push(...parts.held);
    found.push(...(await countCurrent(db, deployment, each)), ...parts.places);
  }
  const mentions = subjects.map(mentionOf);
  found.push(...(await countDerived(db, deployment, persons)), ...(await countMentions(db, mentions)));
  found.push(...(await countTexts(db, mentions)), ...(await countAudit(db, mentions)));
  const parity = await parityMentioning(db, mentions);
  found.push({ place: "parity.json", rows: parity.reduce((sum, report) => sum + report.mentions.length, 0) });
  const snapshotIds = await snapshotsHolding(db, held);
  const keyed = await countKeyed(db, deployment, persons);
  const { artifacts, deleted } = await filesOf(db, snapshotIds, keyed.held);
  found.push({ place: "artifacts", rows: deleted }, ...keyed.places);
  const stays = await whatStays(db, snapshotIds, mentions);
  return {
    ...{ keptOut, snapshotIds, places: byPlace(found), artifacts, ...stays },
    belonging: byEntity(subjects.slice(1)).map(({ entity, keys }) => ({
      entity: entity.name,
      keys: keys.length,
    })),
  };
}

/** In the order of names, each once. */
function byPlace(found: readonly PlaceRows[]): PlaceRows[] {
  const rowsOf = new Map<string, number>();
  for (const { place, rows } of found) if (rows > 0) rowsOf.set(place, (rowsOf.get(place) ?? 0) + rows);
  return [...rowsOf].map(([place, rows]) => ({ place, rows })).sort((a, b) => (a.place < b.place ? -1 : 1));
}
