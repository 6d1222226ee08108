import { z } from "zod";
import type { MaterializedRows } from "../../features/materialize.js";
import { named } from "../../inputs/fields.js";
import { counts, outcome, snapshotReference } from "../outcome.js";

/** By view, as ingests store it. */
export const viewRows = z.record(z.string(), z.object({ written: z.number(), older: z.number() }));

const viewRowsType = named(
  z
    .object({
      view: z.string().describe("The view's name."),
      written: z.int().describe("Rows that are new online, changed or withdrawn."),
      older: z.int().describe("Rows that are not served, because a newer value is."),
    })
    .describe("What was copied to the online store of one view."),
  { type: "ViewRows" },
);

export const viewRowsField = () => z.array(viewRowsType).describe("What was copied to the online store.");

export const viewRowsList = (online: Readonly<Record<string, MaterializedRows>>) =>
  Object.entries(online).map(([view, { written, older }]) => ({ view, written, older }));

export const materializeOutcome = outcome({
  type: "MaterializeOutcome",
  description: "What was copied to the online store.",
  stored: { asOf: z.string(), revision: z.int(), written: counts(), older: counts() },
  fields: {
    snapshot: snapshotReference().describe("The snapshot that was copied."),
    views: viewRowsField(),
  },
  read: ({ asOf, revision, written, older }) => ({
    snapshot: asOf !== undefined && revision !== undefined ? { asOf, revision } : null,
    views:
      written &&
      Object.entries(written).map(([view, rows]) => ({ view, written: rows, older: older?.[view] ?? 0 })),
  }),
});
