import { z } from "zod";
import { outcome } from "../outcome.js";
import { type HeldFeatures, nothingToCleanUp, runKind, trainsNothing } from "../run-kind.js";
import { TRAINING_SET_MANIFEST } from "./export-manifest.js";
import { exportedFile, exportParams } from "./export-params.js";
import { endingRange, exportRequest, pinExport } from "./export-request.js";
import { ExportRun } from "./export-run.js";

/** All that an export wrote: its parameters name the columns. Its manifest names them, and has no values. */
const exportedFeatures: HeldFeatures = (file, params) =>
  file === TRAINING_SET_MANIFEST.name ? [] : (exportParams.safeParse(params).data?.features ?? null);

/** Writes the training sets of pinned snapshots, streaming from tables to artifacts. */
export const exportKind = runKind({
  name: "EXPORT",
  description: "Writes a training set to files.",
  queue: "asof_export",
  schedulable: false,
  fillsOnlineStore: false,
  holds: exportedFeatures,
  mutation: {
    name: "exportTrainingSet",
    description:
      "Writes the training sets of a range of snapshots, rows by as_of and user, as the artifacts training_set.csv\n" +
      "and training_set.parquet, or as training_set/as_of=<date>/part-0.parquet (HIVE) or parts of so many rows (PARTS), for pandas, DuckDB, Polars or Spark.\n" +
      "The same snapshots give the same bytes. With heldOut, encoding or PARTS, training_set.json describes them.\n" +
      "Returns at once; follow the run.",
    role: "operator",
    input: "ExportTrainingSetInput",
    beside: [],
  },
  request: exportRequest,
  params: exportParams,
  pin: (request, on) => pinExport(endingRange(request), on),
  execute: (run, on) => new ExportRun(run, on).execute(),
  outcome: outcome({
    type: "ExportOutcome",
    description: "What an export wrote.",
    stored: {
      ...{ rows: z.int(), columns: z.array(z.string()), files: z.array(exportedFile) },
      ...{ heldOutRows: z.int(), folder: z.string() },
    },
    fields: {
      rows: z.int().describe("How many rows there are in each format."),
      columns: z.array(z.string()).describe("Their columns, in order."),
      files: z
        .array(exportedFile)
        .describe(
          "One for each format that was asked for; of HIVE, one for each date, of PARTS, one for each partRows rows.",
        ),
      folder: z.string().describe("Where in the lake the files of PARTS are; null: all files are artifacts."),
      heldOutRows: z.int().describe("How many of the rows are held out; null where nothing says so."),
    },
    read: (stored) => stored,
  }),
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});
