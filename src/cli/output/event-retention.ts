import { bytes } from "./format.js";
import { column, rowsOf, type View } from "./view.js";

interface SourceAnswer {
  source: string;
  keepDays: number;
  limit: string | null;
  eventsFrom: string | null;
  months: { month: string; outcome: string; events: number; bytes: number; reason: string }[];
  frozen: { asOf: string; lateEvents: number }[];
}

const monthColumns = [
  column("MONTH", "month", (month) => String(month).slice(0, 7)),
  column("OUTCOME", "outcome"),
  column("EVENTS", "events"),
  column("SIZE", "bytes", bytes),
  column("REASON", "reason"),
];

/** What old events went, or would, source by source, and which dates cannot be computed without them. */
export const eventRetention: View = {
  fields:
    "dryRun events bytes sources { source keepDays limit eventsFrom months { month outcome events bytes reason } frozen { asOf lateEvents } }",
  lines: (answer, format) =>
    (answer as { sources: SourceAnswer[] }).sources.flatMap((of) => {
      const first = `${of.source}: ${of.keepDays} days are kept, ${limitInWords(of)}`;
      if (of.months.length === 0) return [`${first}; nothing is older`];
      return [first, ...rowsOf(monthColumns, of.months, format), ...frozenLines(of.frozen)];
    }),
};

const limitInWords = ({ limit, eventsFrom }: SourceAnswer): string => {
  if (limit === null) return "counted from the first snapshot on";
  const there = eventsFrom === null ? "none was dropped" : `events are there from ${eventsFrom} on`;
  return `from ${limit} on; ${there}`;
};

function frozenLines(frozen: SourceAnswer["frozen"]): string[] {
  if (frozen.length === 0) return [];
  const stale = frozen.filter(({ lateEvents }) => lateEvents > 0).map(({ asOf }) => asOf);
  const dates = frozen.length === 1 ? "1 date" : `${frozen.length} dates`;
  return [
    `no revision any more of ${dates}: ${frozen[0]!.asOf} to ${frozen.at(-1)!.asOf}`,
    ...(stale.length > 0 ? [`of these, late events wait for a resnapshot: ${stale.join(", ")}`] : []),
  ];
}
