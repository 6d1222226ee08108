import type { Queryable } from "../../../db/pool.js";
import { pushesPart } from "../../../db/snapshots/pushes-hash.js";
import type { PartColumn, SnapshotPart } from "../../../db/snapshots/snapshot-parts.js";
import type { Deployment } from "../../../definitions/language/deployment.js";
import { keyOf } from "../../../definitions/language/entities.js";
import { BrokenFileError } from "../../../storage/byte-store.js";
import type { FeatureSelection } from "../../feature-selection.js";
import { parentView, type ReadView } from "../../parent-keys.js";
import type { Lake, LakeFile } from "../lake/lake.js";
import { filesOfParts, partKey } from "../lake/lake-catalogue.js";
import type { PartDescriptions } from "../part-descriptions.js";
import { type EffectivePart, effectiveParts, type KnownEpochs, knownPushes } from "./asked-clocks.js";

/** Files of parts that were made of the same columns. */
export interface PartGroup {
  columns: readonly PartColumn[];
  files: LakeFile[];
}

/** Rows of one kind that a view has: of extracts, or pushed. */
export interface PlannedRows {
  /** In which epochs whose rows hold. */
  owners: readonly Pick<EffectivePart, "epoch" | "ownerId">[];
  groups: readonly PartGroup[];
}

/** One view as it is read at one level. */
export interface PlannedRead {
  view: ReadView;
  key: string;
  /** 0: the asked rows' own. */
  level: number;
  /** Among the selection's views; null of a link, which leads to the next level. */
  place: number | null;
  extracts: PlannedRows;
  pushes: PlannedRows;
  /** By epoch, the first date of which there is a part. */
  starts: ReadonlyMap<number, string>;
}

export interface JoinPlan {
  reads: readonly PlannedRead[];
  /** By epoch, the first date of which there is a snapshot. */
  firstDates: ReadonlyMap<number, string>;
}

/**
 * What a join reads of the lake, for rows of these epochs. Which snapshots hold is decided here, in the database; engines join.
 * The caller's transaction is repeatable read: it is one state of the catalogue.
 */
export async function planJoin(
  tx: Queryable,
  deployment: Deployment,
  lake: Lake,
  descriptions: PartDescriptions,
  levels: FeatureSelection["levels"],
  epochs: { known: KnownEpochs; asked: readonly number[] },
): Promise<JoinPlan> {
  const reads = readsOf(levels);
  const sources = [...new Set(reads.map(({ view }) => view.source.name))];
  const pushed = reads
    .filter(({ view }) => view.takesPushes !== false)
    .map(({ view }) => pushesPart(view.name));
  const { parts, firstDates } = await effectiveParts(tx, epochs.known, epochs.asked, sources);
  const pushes = await knownPushes(tx, epochs.known, epochs.asked, pushed);
  const owners = [...new Set([...parts, ...pushes].map(({ ownerId }) => ownerId))];
  await descriptions.read(owners);
  const files = await filesOfParts(tx, lake.url, owners);
  const describe = ({ ownerId, name }: EffectivePart): [SnapshotPart, LakeFile[]] => {
    const found = files.get(partKey(ownerId, name));
    if (!found) throw new BrokenFileError(lake, `${name}/…/${ownerId}`, "is not in the catalogue");
    return [descriptions.of(ownerId).get(name)!, found];
  };
  const planned = (of: readonly EffectivePart[]): PlannedRows => ({
    owners: of,
    groups: grouped(of, describe),
  });
  return {
    firstDates,
    reads: reads.map((read) => {
      const own = parts.filter(({ name }) => name === read.view.source.name);
      const starts = new Map<number, string>();
      for (const { epoch, eventDate } of own) {
        const start = starts.get(epoch);
        if (start === undefined || eventDate < start) starts.set(epoch, eventDate);
      }
      const isPushed = ({ name }: EffectivePart) =>
        read.view.takesPushes !== false && name === pushesPart(read.view.name);
      return {
        ...read,
        key: keyOf(deployment, read.view.source),
        extracts: planned(own),
        pushes: planned(pushes.filter(isPushed)),
        starts,
      };
    }),
  };
}

/** A level's link is read of the level before it. */
const readsOf = (levels: FeatureSelection["levels"]): Pick<PlannedRead, "view" | "level" | "place">[] =>
  levels.flatMap(({ link, views, at }, level) => [
    ...(link === null ? [] : [{ view: parentView(link), level: level - 1, place: null }]),
    ...views.map((view, i) => ({ view, level, place: at[i]! })),
  ]);

function grouped(
  parts: readonly EffectivePart[],
  describe: (part: EffectivePart) => [SnapshotPart, LakeFile[]],
): PartGroup[] {
  const groups = new Map<string, PartGroup>();
  const seen = new Set<number>();
  for (const part of parts) {
    if (seen.has(part.ownerId)) continue;
    seen.add(part.ownerId);
    const [{ columns }, files] = describe(part);
    const key = JSON.stringify(columns);
    const group = groups.get(key) ?? { columns, files: [] };
    group.files.push(...files);
    groups.set(key, group);
  }
  return [...groups.values()];
}
