import { z } from "zod";
import { calendarDate, named } from "../../inputs/fields.js";
import { viewRows, viewRowsField, viewRowsList } from "../materialize/materialize-outcome.js";
import { counts, outcome, runReference, snapshotReference } from "../outcome.js";

const table = z.object({
  rows: z.number(),
  inserted: z.number(),
  updated: z.number(),
  unchanged: z.number(),
});
const tables = z.record(z.string(), table);

const sourceRows = named(
  z
    .object({
      source: z.string().describe("The source's name."),
      rows: z.int().describe("Rows that were published."),
      inserted: z.int().describe("Of them new ones."),
      updated: z.int().describe("Of them changed ones."),
      unchanged: z.int().describe("Of them those that were there already."),
      quarantined: z.int().describe("Rows beside them that were kept out."),
      erased: z.int().describe("Rows beside them that were passed over: their person was erased."),
    })
    .describe("What a delivery changed in the live table of one source."),
  { type: "SourceRows" },
);

const carriedSource = named(
  z
    .object({
      source: z.string().describe("The source's name."),
      eventDate: calendarDate().describe("The date its rows hold from."),
      rows: z.int().describe("Rows the snapshot refers to."),
    })
    .describe("A source that a delivery lacks: its snapshot carries on what was known of it."),
  { type: "CarriedSource" },
);

const lateDate = named(
  z
    .object({
      asOf: calendarDate().describe("The date whose snapshot is stale."),
      lateEvents: z.int().describe("Events that its windows would see."),
    })
    .describe("A date that events came late for: its snapshot stays as it is until resnapshot(asOf:)."),
  { type: "LateDate" },
);

export const ingestOutcome = outcome({
  type: "IngestOutcome",
  description: "What an ingest published.",
  stored: {
    unchanged: z.boolean(),
    revision: z.int(),
    rows: tables,
    online: viewRows,
    quarantined: counts(),
    erased: counts(),
    quarantinedBy: z.string(),
    carried: z.array(carriedSource),
    revised: z.array(z.object({ asOf: z.string(), revision: z.int() })),
    late: z.array(z.object({ asOf: z.string(), lateEvents: z.int() })),
    // Of a run that ended after it had published.
    published: z.object({ tables, revision: z.int() }),
  },
  fields: {
    unchanged: z.boolean().describe("Whether the same was published before."),
    snapshot: snapshotReference().describe("The snapshot that holds it."),
    sources: z.array(sourceRows).describe("What became of each source's rows."),
    carried: z.array(carriedSource).describe("What the delivery lacks and the snapshot carries on."),
    revised: z
      .array(snapshotReference())
      .describe("Revisions of later dates, which carry on from now what this delivery brought."),
    late: z
      .array(lateDate)
      .describe(
        "Dates, newest first, whose window features what it brought, corrected or removed would change.",
      ),
    views: viewRowsField(),
    quarantinedBy: runReference().describe("The run that kept rows out, where that was an earlier one."),
  },
  read: (stored, { params }) => {
    const { unchanged, revision, rows, online, quarantined, erased, quarantinedBy, published } = stored;
    const { asOf } = params;
    const number = revision ?? published?.revision;
    const written = rows ?? published?.tables;
    return {
      unchanged,
      snapshot: typeof asOf === "string" && number !== undefined ? { asOf, revision: number } : null,
      sources:
        written &&
        Object.entries(written).map(([source, of]) => ({
          source,
          ...of,
          quarantined: quarantined?.[source] ?? 0,
          erased: erased?.[source] ?? 0,
        })),
      carried: written && (stored.carried ?? []),
      revised: written && (stored.revised ?? []),
      late: written && (stored.late ?? []),
      views: online && viewRowsList(online),
      quarantinedBy,
    };
  },
});
