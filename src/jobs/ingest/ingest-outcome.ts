import { z } from "zod";
import { named } from "../../inputs/fields.js";
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
    })
    .describe("What a delivery changed in the live table of one source."),
  { type: "SourceRows" },
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
    quarantinedBy: z.string(),
    // Of a run that ended after it had published.
    published: z.object({ tables, revision: z.int() }),
  },
  fields: {
    unchanged: z.boolean().describe("Whether the same was published before."),
    snapshot: snapshotReference().describe("The snapshot that holds it."),
    sources: z.array(sourceRows).describe("What became of each source's rows."),
    views: viewRowsField(),
    quarantinedBy: runReference().describe("The run that kept rows out, where that was an earlier one."),
  },
  read: ({ unchanged, revision, rows, online, quarantined, quarantinedBy, published }, { params }) => {
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
        })),
      views: online && viewRowsList(online),
      quarantinedBy,
    };
  },
});
