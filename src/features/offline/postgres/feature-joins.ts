import { parentKey } from "../../../db/parent-key.js";
import { quote } from "../../../db/pool.js";
import { type PartsByName, partRows } from "../../../db/snapshots/snapshot-parts.js";
import type { ParentLink } from "../../../definitions/language/entities.js";
import { type PinnedColumn, requirePart, storedColumn } from "../../pinned-columns.js";
import type { SourcePath } from "../offline-engine.js";

/** The rows of a snapshot's parts beside those of a relation `l`, by its key. */
export interface FeatureJoins {
  sql: string;
  /** The feature's column among them. */
  valueOf(feature: PinnedColumn): string;
}

/**
 * Inner joins: who lacks a row in some part is left out, and so is who belongs to nobody that is known. What a row belongs to
 * is what the same snapshot says of it.
 * @param outer columns for whose sake nobody is left out
 */
export function featureJoins(
  parts: PartsByName,
  features: readonly PinnedColumn[],
  keyName: string,
  pathOf: (source: string) => SourcePath,
  outer: readonly PinnedColumn[] = [],
): FeatureJoins {
  const inner = new Set(features.map(({ source }) => source));
  const sources = [...new Set([...inner, ...outer.map(({ source }) => source)])];
  const links: ParentLink[] = [];
  const joins: string[] = [];
  /** SQL of the key that the path leads to. */
  const follow = (path: readonly ParentLink[], isInner: boolean): string =>
    path.reduce(
      (key, link) => {
        let place = links.findIndex(({ from }) => from.source === link.from.source);
        if (place < 0) {
          place = links.push(link) - 1;
          joins.push(joinOf(parts, link.from.source.name, `b${place}`, link.from.entity.key, key, isInner));
        }
        const column = { source: link.from.source.name, column: link.column };
        return parentKey(`b${place}`, { column: storedName(parts, column) });
      },
      `l.${quote(keyName)}`,
    );
  sources.forEach((source, place) => {
    const { links: path, key } = pathOf(source);
    const isInner = inner.has(source);
    joins.push(joinOf(parts, source, `v${place}`, key, follow(path, isInner), isInner));
  });
  return {
    sql: joins.join(" "),
    valueOf: (feature) => `v${sources.indexOf(feature.source)}.${storedColumn(parts, feature)}`,
  };
}

const joinOf = (
  parts: PartsByName,
  source: string,
  alias: string,
  key: string,
  to: string,
  isInner: boolean,
): string =>
  `${isInner ? "" : "left "}join ${partRows(requirePart(parts, source))} ${alias} on ${alias}.${quote(key)} = ${to}`;

/** A column that was moved away to another name has its values there. */
const storedName = (parts: PartsByName, { source, column }: { source: string; column: string }): string =>
  requirePart(parts, source).columns.find(({ stored }) => stored === column)?.stored ?? column;
