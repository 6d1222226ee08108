import { pushesPart } from "../db/snapshots/pushes-hash.js";
import { type MadePart, undeclaredIn } from "../db/snapshots/snapshot-parts.js";
import { type Deployment, labelSources } from "../definitions/language/deployment.js";
import type { SnapshotView } from "./types.js";

/**
 * What a snapshot of a date says of the views and label sources of its time, each read from one of its parts. Labels that were
 * delivered for another date are none of it.
 */
export function describeViews(
  deployment: Deployment,
  parts: readonly MadePart[],
  asOf: string,
): SnapshotView[] {
  const views = deployment.views.map((view) => ({
    ...view,
    source: view.source.name,
    columns: view.features,
  }));
  const labels = labelSources(deployment)
    .filter(({ name }) => !views.some((view) => view.name === name))
    .filter(({ name }) => parts.some((part) => part.name === name && part.eventDate === asOf))
    .map(({ name, columns }) => ({ name, source: name, columns: Object.keys(columns) }));
  const pushes = views.map(({ name, columns }) => ({
    name: pushesPart(name),
    source: pushesPart(name),
    columns,
  }));
  return [...views, ...labels, ...pushes].flatMap(({ name, source, columns }) => {
    const part = parts.find((made) => made.name === source);
    if (!part) return [];
    const { rowCount, contentSha256 } = part;
    const without = undeclaredIn(part, columns);
    const held = columns.filter((column) => !without.includes(column));
    return [{ name, source, columns: held, rowCount, contentSha256 }];
  });
}
