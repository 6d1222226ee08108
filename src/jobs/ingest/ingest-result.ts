import type { Published } from "../../ingest/publish.js";
import type { Result } from "../run-kind.js";

/** What a run that published something is said to have done. */
export function resultOf({
  tables,
  newSnapshot,
  revision,
  // Absent of runs that an earlier release began.
  carried = [],
  revised = [],
  late = [],
}: Published): Result {
  const written = Object.values(tables).some(({ inserted, updated }) => inserted + updated > 0);
  return {
    ...{ unchanged: !newSnapshot && !written, revision, rows: tables },
    ...(carried.length > 0 && { carried }),
    ...(revised.length > 0 && { revised }),
    ...(late.length > 0 && { late }),
  };
}

/** What came of sources that the delivery lacks, and of later dates that had lacked what it brought. */
export function alsoSaid({ carried, revised, late = [] }: Published): string[] {
  const parts = carried.map(({ source, eventDate }) => `${source} of ${eventDate}`);
  const stale = late.map(({ asOf, lateEvents }) => `${asOf} (${lateEvents})`);
  const dates = revised.map(({ asOf, revision }) => `${asOf} (revision ${revision})`);
  return [
    ...(parts.length > 0 ? [`carried on: ${parts.join(", ")}`] : []),
    ...(dates.length > 0 ? [`carried on from now by ${dates.join(", ")}`] : []),
    ...(stale.length > 0 ? [`late events of ${stale.join(", ")}`] : []),
  ];
}
