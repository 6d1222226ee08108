import type { FeatureView } from "../definitions/language/deployment.js";
import type { ParentLink } from "../definitions/language/entities.js";
import type { SelectionLevel } from "./feature-selection.js";
import { NO_PART } from "./view-rows.js";

/** How rows are read of one store: of each asked row one found row a view, in its views' order. */
export interface LevelReads<Asked, Found> {
  /** @param views all of one entity, whose keys are asked for */
  read(asked: readonly Asked[], views: readonly FeatureView[]): Promise<Found[][]>;
  /** Of each row what is to be asked of the entity it belongs to; null: it belongs to none that is known. */
  parents(asked: readonly Asked[], link: ParentLink): Promise<(Asked | null | typeof NO_PART)[]>;
}

/**
 * The views of an entity and of those it belongs to, as if they were all its own: a row whose parent is unknown has no row
 * in the parent's views. One read a level and one look-up between two of them, however many rows.
 * @returns of each asked row one found row a view, in the places that the levels name
 */
export async function readLevels<Asked, Found>(
  levels: readonly SelectionLevel[],
  asked: readonly Asked[],
  reads: LevelReads<Asked, Found | null | typeof NO_PART>,
): Promise<(Found | null | typeof NO_PART)[][]> {
  type Row = Found | null | typeof NO_PART;
  const [own] = levels;
  if (!own) return asked.map(() => []);
  // Most deployments have one entity: what the store found is the answer.
  if (levels.length === 1) return reads.read(asked, own.views);
  const found = asked.map((): Row[] => []);
  const put = ({ at }: SelectionLevel, row: number, values: (view: number) => Row): void =>
    at.forEach((place, view) => {
      found[row]![place] = values(view);
    });
  const readLevel = async (level: SelectionLevel, rows: readonly number[], of: readonly Asked[]) => {
    if (level.views.length === 0 || rows.length === 0) return;
    const read = await reads.read(of, level.views);
    rows.forEach((row, i) => {
      put(level, row, (view) => read[i]![view]!);
    });
  };
  const ownRead = readLevel(own, [...asked.keys()], asked);
  const parentsRead = (async () => {
    let [rows, of]: [number[], readonly Asked[]] = [[...asked.keys()], asked];
    for (const [depth, level] of levels.entries()) {
      if (level.link === null) continue;
      const parents = rows.length > 0 ? await reads.parents(of, level.link) : [];
      const known: number[] = [];
      const next: Asked[] = [];
      rows.forEach((row, i) => {
        const parent = parents[i]!;
        if (parent === null || parent === NO_PART) {
          const none = parent as null | typeof NO_PART;
          for (const above of levels.slice(depth)) put(above, row, () => none);
          return;
        }
        known.push(row);
        next.push(parent);
      });
      await readLevel(level, known, next);
      [rows, of] = [known, next];
    }
  })();
  await Promise.all([ownRead, parentsRead]);
  return found;
}
