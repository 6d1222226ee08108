import QueryStream from "pg-query-stream";
import { type Client, withTransaction } from "../../db/pool.js";
import { findParts } from "../../db/snapshots/snapshot-parts.js";
import { type FeatureService, findService } from "../../definitions/language/deployment.js";
import { ModelNotFoundError } from "../../errors/errors.js";
import { csvExpression, writeCsv } from "../../features/offline/postgres/export-csv.js";
import { writeParquet } from "../../features/export-parquet.js";
import {
  type ExportMonth,
  type ExportRow,
  exportColumns,
  exportMonthSql,
} from "../../features/export-rows.js";
import { requireRows } from "../../features/snapshot-rows.js";
import { ArtifactWriter } from "../../registry/artifact-store.js";
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

interface ExportedFile {
  name: string;
  rows: number;
  bytes: number;
  sha256: string;
}

const FILES = {
  CSV: { name: "training_set.csv", mediaType: "text/csv; charset=utf-8" },
  PARQUET: { name: "training_set.parquet", mediaType: "application/vnd.apache.parquet" },
} as const;
const BATCH = 2_000;

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
    const { pool, definitions } = this.on;
    const { features, months } = this.run.params;
    const service = this.#service;
    const ids = months.flatMap(({ snapshotId, labelSnapshotId }) => [snapshotId, labelSnapshotId]);
    const parts = await findParts(pool, ids);
    const sqlOf = (month: ExportMonth, shown?: typeof csvExpression) =>
      exportMonthSql(definitions, service, features, month, parts, shown);
    const reader = await pool.connect();
    let failed: Error | undefined;
    try {
      if (format === "CSV") {
        await writeCsv(
          reader,
          months.map((month) => sqlOf(month, csvExpression)),
          write,
          onRows,
        );
      } else {
        const rows = streamRows(
          reader,
          months.map((month) => sqlOf(month)),
        );
        await writeParquet(exportColumns(definitions, service, features), rows, write, onRows);
      }
    } catch (error) {
      failed = error as Error;
      throw error;
    } finally {
      // A connection that may be in the middle of an answer is of no use to anyone.
      reader.release(failed);
    }
  }
}

async function* streamRows(client: Client, queries: readonly string[]): AsyncGenerator<ExportRow> {
  for (const query of queries) {
    const stream = client.query(new QueryStream(query, [], { batchSize: BATCH, rowMode: "array" }));
    yield* stream as AsyncIterable<ExportRow>;
  }
}
