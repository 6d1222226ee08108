import { z } from "zod";

export const EXPORT_FORMATS = ["CSV", "PARQUET"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** An export run's parameters: everything that decides its files, pinned when it was asked for. */
export const exportParams = z.object({
  asOfFrom: z.string(),
  asOfTo: z.string(),
  model: z.string(),
  features: z.array(z.string()).describe("In the files' order."),
  labelOffset: z.number().describe("How many snapshot dates after the features' the labels are from."),
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
});
export type ExportParams = z.infer<typeof exportParams>;
