import type { Entity } from "../definitions/language/deployment.js";
import type { EntityRecord, UserFeatures } from "./types.js";

/** Where the entity source's rows are looked up. */
export interface Entities {
  find(entity: Entity, keys: readonly string[]): Promise<(EntityRecord | null)[]>;
}

/**
 * Keys of the answers that are unknown: no feature of theirs was found, and no row of the entity's source.
 * One look-up for all, and none where every answer has something.
 */
export async function unknownEntities(
  entities: Entities,
  entity: Entity,
  answers: readonly UserFeatures[],
): Promise<ReadonlySet<string>> {
  const empty = answers.filter(({ statuses }) =>
    statuses.every(({ status }) => status === "NOT_FOUND" || status === "NOT_DECLARED"),
  );
  if (empty.length === 0) return new Set();
  const keys = [...new Set(empty.map(({ key }) => key))];
  const rows = await entities.find(entity, keys);
  return new Set(keys.filter((_, index) => rows[index] === null));
}
