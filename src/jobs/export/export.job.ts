import { z } from "zod";
import { withTransaction } from "../../db/pool.js";
import { findParts } from "../../db/snapshots/snapshot-parts.js";
import { type FeatureService, findService } from "../../definitions/language/deployment.js";
import { ModelNotFoundError } from "../../errors/errors.js";
import { writeParquet } from "../../features/export-parquet.js";
import { exportColumns } from "../../features/export-rows.js";
import { offlineEngine } from "../../features/offline/registry.js";
import { requireRows } from "../../features/snapshot-rows.js";
import { named } from "../../inputs/fields.js";
import { ArtifactWriter } from "../../registry/artifact-store.js";
import { outcome } from "../outcome.js";
import { Pace } from "../pace.js";
import {
  nothingToCleanUp,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
  trainsNothing,
} from "../run-kind.js";
import { type ExportFormat, type ExportParams, exportParams } from "./export-params.js";
import { exportRequest, pinExport } from "./export-request.js";

const exportedFile = named(
  z
    .object({
      name: z.string().describe("The artifact's name."),
      rows: z.int().describe("How many rows it has."),
      bytes: z.number().describe("Its size in bytes."),
      sha256: z.string().describe("SHA-256 of its bytes."),
    })
    .describe("A file that an export wrote."),
  { type: "ExportedFile" },
);
type ExportedFile = z.infer<typeof exportedFile>;

const FILES = {
  CSV: { name: "training_set.csv", mediaType: "text/csv; charset=utf-8" },
  PARQUET: { name: "training_set.parquet", mediaType: "application/vnd.apache.parquet" },
} as const;

/** Writes the training sets of pinned snapshots as one file for each format, streaming from tables to artifact. */
export const exportKind = runKind({
  name: "EXPORT",
  description: "Writes a training set to files.",
  queue: "asof_export",
  schedulable: false,
  fillsOnlineStore: false,
  mutation: {
    name: "exportTrainingSet",
    description:
      "Writes the training sets of a range of snapshots, rows by as_of and user, as the artifacts training_set.csv\n" +
      "and training_set.parquet, for pandas, DuckDB, Polars or Spark. The same snapshots give the same bytes.\n" +
      "Returns at once; follow the run.",
    role: "operator",
    input: "ExportTrainingSetInput",
    beside: [],
  },
  request: exportRequest,
  params: exportParams,
  pin: pinExport,
  execute: (run, on) => new Export(run, on).execute(),
  outcome: outcome({
    type: "ExportOutcome",
    description: "What an export wrote.",
    stored: { rows: z.int(), columns: z.array(z.string()), files: z.array(exportedFile) },
    fields: {
      rows: z.int().describe("How many rows each file has."),
      columns: z.array(z.string()).describe("Their columns, in order."),
      files: z.array(exportedFile).describe("One for each format that was asked for."),
    },
    read: (stored) => stored,
  }),
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

class Export {
  readonly #service: FeatureService;

  /** @throws {ModelNotFoundError} its feature service is declared no more */
  constructor(
    private readonly run: RunContext<ExportParams>,
    private readonly on: Resources,
  ) {
    const { model } = run.params;
    const service = findService(on.definitions, model);
    if (!service) throw new ModelNotFoundError(model);
    this.#service = service;
  }

  async execute(): Promise<Result> {
    const { features, formats } = this.run.params;
    const files: ExportedFile[] = [];
    for (const format of formats) {
      const name = `write_${format.toLowerCase()}`;
      files.push(await this.run.step(name, (step) => this.#write(format, step)));
    }
    const columns = exportColumns(this.on.definitions, this.#service, features).map(({ name }) => name);
    return { rows: files[0]!.rows, columns, files };
  }

  /** One transaction writes the file and says whose it is; what it reads cannot change. */
  async #write(format: ExportFormat, step: StepContext): Promise<ExportedFile> {
    const { name } = FILES[format];
    const { run } = this;
    const { params } = run;
    const written = await withTransaction(this.on.pool, async (tx) => {
      const writer = await ArtifactWriter.begin(tx);
      const pace = new Pace(step, params.labels, "rows");
      let rows = 0;
      const write = async (bytes: Uint8Array) => {
        step.signal.throwIfAborted();
        await writer.write(bytes);
      };
      await this.#read(format, write, (count) => {
        rows += count;
        pace.advance(count, name);
      });
      // Retention may have come between the asking and the reading: then fewer rows, or none, were read.
      await requireRows(
        tx,
        params.months.flatMap(({ snapshotId, labelSnapshotId }) => [snapshotId, labelSnapshotId]),
      );
      await run.requireCurrent(tx);
      const { sha256, byteLength } = await writer.finish(run.runId, FILES[format]);
      return { name, rows, bytes: byteLength, sha256 };
    });
    await step.log(`${name}: ${written.rows} rows, ${written.bytes} bytes, sha256 ${written.sha256}`);
    return written;
  }

  /** On a connection of its own: the other one writes what is read. */
  async #read(
    format: ExportFormat,
    write: (bytes: Uint8Array) => Promise<void>,
    onRows: (count: number) => void,
  ): Promise<void> {
    const { pool, definitions: deployment } = this.on;
    const { features, months } = this.run.params;
    const service = this.#service;
    const ids = months.flatMap(({ snapshotId, labelSnapshotId }) => [snapshotId, labelSnapshotId]);
    const query = { deployment, service, features, months, parts: await findParts(pool, ids) };
    if (format === "CSV") return offlineEngine().exportCsv(pool, query, write, onRows);
    const rows = offlineEngine().exportRows(pool, query);
    await writeParquet(exportColumns(deployment, service, features), rows, write, onRows);
  }
}
