import QueryStream from "pg-query-stream";
import { type Client, type Pool, withTransaction } from "../../db/pool.js";
import { findParts } from "../../db/snapshots/snapshot-parts.js";
import { type Deployment, type FeatureService, findService } from "../../definitions/language/deployment.js";
import { ModelNotFoundError } from "../../errors/errors.js";
import { csvExpression, writeCsv } from "../../features/export-csv.js";
import { writeParquet } from "../../features/export-parquet.js";
import {
  type ExportMonth,
  type ExportRow,
  exportColumns,
  exportMonthSql,
} from "../../features/export-rows.js";
import { requireRows } from "../../features/snapshot-rows.js";
import { ArtifactWriter } from "../../registry/artifact-store.js";
import { mayStillWrite } from "../../registry/run-tracker.js";
import { type Job, type JobContext, RunSupersededError, type StepContext } from "../job.js";
import { Pace } from "../pace.js";

export type ExportFormat = "CSV" | "PARQUET";

/** An export run's parameters: everything that decides its files, pinned when it was asked for. */
export interface ExportParams {
  asOfFrom: string;
  asOfTo: string;
  model: string;
  /** In the files' order. */
  features: string[];
  /** How many snapshot dates after the features' the labels are from. */
  labelOffset: number;
  formats: ExportFormat[];
  months: (ExportMonth & { revision: number; labelRevision: number })[];
  /** Labels in all months: about as many rows will come. */
  labels: number;
}

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
export class ExportJob implements Job {
  readonly kind = "EXPORT";
  readonly queue = "asof_export";

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
  ) {}

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const params = context.params as unknown as ExportParams;
    const service = findService(this.definitions, params.model);
    if (!service) throw new ModelNotFoundError(params.model);
    const files: ExportedFile[] = [];
    for (const format of params.formats) {
      const step = `write_${format.toLowerCase()}`;
      files.push(await context.step(step, (each) => this.#write(context, service, params, format, each)));
    }
    const columns = exportColumns(this.definitions, service, params.features).map(({ name }) => name);
    return { rows: files[0]!.rows, columns, files };
  }

  /** One transaction writes the file and says whose it is; what it reads cannot change. */
  async #write(
    { runId, attempt }: JobContext,
    service: FeatureService,
    params: ExportParams,
    format: ExportFormat,
    step: StepContext,
  ): Promise<ExportedFile> {
    const { name } = FILES[format];
    const written = await withTransaction(this.pool, async (tx) => {
      const writer = await ArtifactWriter.begin(tx);
      const pace = new Pace(step, params.labels, "rows");
      let rows = 0;
      const write = async (bytes: Uint8Array) => {
        step.signal.throwIfAborted();
        await writer.write(bytes);
      };
      await this.#read(service, params, format, write, (count) => {
        rows += count;
        pace.advance(count, name);
      });
      // Retention may have come between the asking and the reading: then fewer rows, or none, were read.
      await requireRows(
        tx,
        params.months.flatMap(({ snapshotId, labelSnapshotId }) => [snapshotId, labelSnapshotId]),
      );
      if (!(await mayStillWrite(tx, runId, attempt))) throw new RunSupersededError(runId);
      const { sha256, byteLength } = await writer.finish(runId, FILES[format]);
      return { name, rows, bytes: byteLength, sha256 };
    });
    await step.log(`${name}: ${written.rows} rows, ${written.bytes} bytes, sha256 ${written.sha256}`);
    return written;
  }

  /** On a connection of its own: the other one writes what is read. */
  async #read(
    service: FeatureService,
    { features, months }: ExportParams,
    format: ExportFormat,
    write: (bytes: Uint8Array) => Promise<void>,
    onRows: (count: number) => void,
  ): Promise<void> {
    const { pool, definitions } = this;
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
