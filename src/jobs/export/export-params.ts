import { z } from "zod";
import { named } from "../../inputs/fields.js";
import { leftOutDate } from "../training/train-params.js";

export const EXPORT_FORMATS = ["CSV", "PARQUET", "HIVE", "PARTS"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
/** What is written unless formats are named. */
export const STANDARD_FORMATS = ["CSV", "PARQUET"] as const satisfies readonly ExportFormat[];

/** How categories are written: as texts unless one is named. */
export const CATEGORY_ENCODINGS = ["ORDINAL"] as const;

/** Where PARTS go: to the database, as the run's artifacts, or to the lake. */
export const EXPORT_TARGETS = ["ARTIFACT", "LAKE"] as const;

/** Of PARTS, the rows of a file. */
export const PART_ROWS = { min: 1, max: 10_000_000, default: 1_000_000 } as const;
/** The manifest and the run's result name each. */
export const MOST_PARTS = 1_000;

/** An export run's parameters: everything that decides its files, pinned when it was asked for. */
export const exportParams = z.object({
  asOfFrom: z.string(),
  asOfTo: z.string(),
  model: z.string(),
  features: z.array(z.string()).describe("In the files' order."),
  labelOffset: z.number().describe("How many snapshot dates after the features' the labels are from."),
  labelAfterDays: z
    .number()
    .optional()
    .describe("The labels are as they held so many days after the row's date; absent: by labelOffset."),
  leftOutDates: z
    .array(leftOutDate)
    .optional()
    .describe("Dates of the range that have no rows, each with the reason; absent: none."),
  formats: z.array(z.enum(EXPORT_FORMATS)),
  months: z.array(
    z.object({
      asOf: z.string(),
      snapshotId: z.number(),
      revision: z.number(),
      labelAsOf: z.string(),
      labelSnapshotId: z.number(),
      labelRevision: z.number(),
    }),
  ),
  labels: z.number().describe("In all months: about as many rows will come."),
  // Absent of runs that an earlier release began.
  heldOut: z.object({ seed: z.number(), testFraction: z.number() }).nullable().default(null),
  encoding: z.enum(CATEGORY_ENCODINGS).nullable().default(null),
  partRows: z.number().default(PART_ROWS.default),
  to: z.enum(EXPORT_TARGETS).nullable().default(null).describe("Null: the lake where there is one."),
});
export type ExportParams = z.infer<typeof exportParams>;

export const exportedFile = named(
  z
    .object({
      name: z.string().describe("The artifact's name, or what the file is called in the lake's folder."),
      rows: z.int().describe("How many rows it has."),
      bytes: z.number().describe("Its size in bytes."),
      sha256: z.string().describe("SHA-256 of its bytes."),
    })
    .describe("A file that an export wrote."),
  { type: "ExportedFile" },
);
export type ExportedFile = z.infer<typeof exportedFile>;
