import { type Client, withTransaction } from "../../db/pool.js";
import { findParts } from "../../db/snapshots/snapshot-parts.js";
import { type FeatureService, findService } from "../../definitions/language/deployment.js";
import { entityOfService } from "../../definitions/language/entities.js";
import { ConflictError, ModelNotFoundError } from "../../errors/errors.js";
import { holdErasures } from "../../features/erasure/kept-out.js";
import { writeRowsAsCsv } from "../../features/export-csv-rows.js";
import { writeParquet } from "../../features/export-parquet.js";
import { type ExportColumn, type ExportRow, exportColumns } from "../../features/export-rows.js";
import { type ExportShape, readCategories, shapedColumns, shapedRows } from "../../features/export-shape.js";
import type { Lake } from "../../features/offline/lake/lake.js";
import type { ExportQuery } from "../../features/offline/offline-engine.js";
import { offlineEngine } from "../../features/offline/registry.js";
import { requireRows } from "../../features/snapshot-rows.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { ArtifactWriter } from "../../registry/files/artifact-writer.js";
import { kindOfColumn } from "../../registry/servability.js";
import { Pace } from "../pace.js";
import type { Resources, Result, RunContext, StepContext } from "../run-kind.js";
import {
  CATEGORIES_FILE,
  isShaped,
  manifestOf,
  metadataOf,
  requireCategories,
  TRAINING_SET_MANIFEST,
  type WrittenExport,
} from "./export-manifest.js";
import type { ExportedFile, ExportParams } from "./export-params.js";
import { type PlannedFile, plannedFiles } from "./planned-files.js";
import { exportFolder, type PartsToWrite, writeArtifactParts, writeLakeParts } from "./write-parts.js";

type Written = ExportedFile & { heldOutRows?: number };

export class ExportRun {
  readonly #service: FeatureService;
  /** As the snapshots have them. */
  readonly #columns: readonly ExportColumn[];

  /** @throws {ModelNotFoundError} its feature service is declared no more */
  constructor(
    private readonly run: RunContext<ExportParams>,
    private readonly on: Resources,
  ) {
    const { model, features } = run.params;
    const service = findService(on.definitions, model);
    if (!service) throw new ModelNotFoundError(model);
    this.#service = service;
    this.#columns = exportColumns(on.definitions, service, features);
  }

  /** PARTS are the last: what lists them comes to be with them. */
  async execute(): Promise<Result> {
    const { run } = this;
    const { formats, heldOut, encoding } = run.params;
    if (encoding !== null) await run.step("categories", (step) => this.#categories(step));
    const written: Written[][] = [];
    for (const format of formats) {
      if (format === "PARTS") continue;
      const files: Written[] = [];
      for (const file of plannedFiles[format](run.params))
        files.push(await run.step(file.step, (step) => this.#write(file, step)));
      written.push(files);
    }
    const before = { ...countsOf(written[0] ?? []), files: written.flat().map(exportedOf), folder: null };
    const all = formats.includes("PARTS")
      ? await run.step("write_parts", (step) => this.#parts(before.files, step))
      : before;
    if (all === before && (heldOut !== null || encoding !== null))
      await run.step("manifest", () => this.#manifest(before));
    const columns = shapedColumns(this.#columns, { heldOut, categories: null }).map(({ name }) => name);
    const { rows, files, folder, heldOutRows } = all;
    return { rows, columns, files, ...(folder !== null && { folder }), ...(heldOut && { heldOutRows }) };
  }

  /** The lists of categories are a file of the run: nothing else keeps them, so that an erasure finds them. */
  async #categories(step: StepContext): Promise<null> {
    const { run } = this;
    const names = this.#categorical();
    await this.#holding(run.params.months, async (tx) => {
      const pace = new Pace(step, run.params.labels, "rows");
      const rows = offlineEngine().exportRows(this.on.pool, await this.#query(run.params.months));
      const onRows = (count: number) => {
        step.signal.throwIfAborted();
        pace.advance(count, "categories");
      };
      const categories = await readCategories(counted(rows, onRows), this.#columns, names);
      const bytes = Buffer.from(`${JSON.stringify(categories, null, 1)}\n`);
      await run.requireCurrent(tx);
      await new ArtifactStore(tx).save(run.runId, { ...CATEGORIES_FILE, bytes });
    });
    await step.log(`categories of ${names.join(", ") || "no feature"}`);
    return null;
  }

  /** The features that are encoded, in the order of the columns. */
  #categorical(): string[] {
    const { features } = this.run.params;
    const isText = ({ name, type }: ExportColumn) =>
      features.includes(name) && kindOfColumn(type) === "categorical";
    return this.#columns.filter(isText).map(({ name }) => name);
  }

  /** One transaction writes the file and says whose it is; what it reads cannot change. */
  async #write(file: PlannedFile, step: StepContext): Promise<Written> {
    const { name, mediaType, months } = file;
    const { run } = this;
    const written = await this.#holding(months, async (tx) => {
      const shape = await this.#shape(tx);
      const writer = await ArtifactWriter.begin(tx);
      const pace = new Pace(step, run.params.labels, "rows");
      const tally = { rows: 0, heldOutRows: 0 };
      const write = async (bytes: Uint8Array) => {
        step.signal.throwIfAborted();
        await writer.write(bytes);
      };
      const onRows = (count: number) => {
        tally.rows += count;
        pace.advance(count, name);
      };
      await this.#read(file, shape, write, onRows, tally);
      await run.requireCurrent(tx);
      const { sha256, byteLength } = await writer.finish(run.runId, { name, mediaType });
      const { rows, heldOutRows } = tally;
      return { name, rows, bytes: byteLength, sha256, ...(shape.heldOut && { heldOutRows }) };
    });
    await step.log(`${name}: ${written.rows} rows, ${written.bytes} bytes, sha256 ${written.sha256}`);
    return written;
  }

  /** No erasure comes between reading rows and saying whose the file is. */
  async #holding<T>(months: ExportParams["months"], work: (tx: Client) => Promise<T>): Promise<T> {
    return withTransaction(this.on.pool, async (tx) => {
      await holdErasures(tx);
      const done = await work(tx);
      // Retention may have come between the asking and the reading: then fewer rows, or none, were read.
      await requireRows(tx, idsOf(months));
      return done;
    });
  }

  async #shape(tx: Client): Promise<ExportShape> {
    const { heldOut, encoding } = this.run.params;
    return { heldOut, categories: encoding && (await requireCategories(tx, this.run.runId)) };
  }

  async #query(months: ExportParams["months"]): Promise<ExportQuery> {
    const { pool, definitions: deployment } = this.on;
    const { features } = this.run.params;
    const parts = await findParts(pool, idsOf(months));
    return { deployment, service: this.#service, features, months, parts };
  }

  /** On a connection of its own: the other one writes what is read. */
  async #read(
    { form, months }: PlannedFile,
    shape: ExportShape,
    write: (bytes: Uint8Array) => Promise<void>,
    onRows: (count: number) => void,
    tally: { heldOutRows: number },
  ): Promise<void> {
    const { pool } = this.on;
    const query = await this.#query(months);
    if (form === "csv" && !isShaped(shape)) return offlineEngine().exportCsv(pool, query, write, onRows);
    const rows = this.#shaped(offlineEngine().exportRows(pool, query), shape, tally);
    const columns = shapedColumns(this.#columns, shape);
    if (form === "csv") return writeRowsAsCsv(columns, rows, write, onRows);
    const about = metadataOf(shape);
    if (form === "parquet") return writeParquet(columns, rows, write, onRows, about);
    await writeParquet(columns.slice(1), withoutDate(rows), write, onRows, about);
  }

  #shaped(
    rows: AsyncIterable<ExportRow>,
    shape: ExportShape,
    tally: { heldOutRows: number },
  ): AsyncIterable<ExportRow> {
    if (!isShaped(shape)) return rows;
    const entity = entityOfService(this.on.definitions, this.#service);
    const shaped = shapedRows(rows, entity, this.#columns, shape);
    return shape.heldOut ? countingHeldOut(shaped, tally) : shaped;
  }

  /** One transaction writes all of them and their list: a run that ends before has none. */
  async #parts(before: readonly ExportedFile[], step: StepContext): Promise<WrittenExport> {
    const { run, on } = this;
    const { months, labels, partRows, heldOut } = run.params;
    const lake = this.#lake();
    const written = await this.#holding(months, async (tx): Promise<WrittenExport> => {
      const shape = await this.#shape(tx);
      const tally = { heldOutRows: 0 };
      const pace = new Pace(step, labels, "rows");
      const rows = offlineEngine().exportRows(on.pool, await this.#query(months));
      const parts: PartsToWrite = {
        ...{ runId: run.runId, partRows, signal: step.signal, about: metadataOf(shape) },
        ...{ columns: shapedColumns(this.#columns, shape), rows: this.#shaped(rows, shape, tally) },
        onRows: (count) => pace.advance(count, "parts"),
      };
      const files = lake ? await writeLakeParts(tx, lake, parts) : await writeArtifactParts(tx, parts);
      const all = {
        ...{ rows: sumOf(files, (file) => file.rows), heldOutRows: heldOut && tally.heldOutRows },
        files: [...before, ...files],
        folder: lake && `${lake.url}/${exportFolder(run.runId)}`,
      };
      await this.#saveManifest(tx, shape, all);
      return all;
    });
    const { files, rows, folder } = written;
    await step.log(`${files.length - before.length} parts: ${rows} rows${folder ? `, in ${folder}` : ""}`);
    return written;
  }

  /** Null: its files are artifacts. */
  #lake(): Lake | null {
    const { lake } = this.on.offline;
    const { to } = this.run.params;
    if (to === "LAKE" && !lake)
      throw new ConflictError(
        "to: there is no lake; set LAKE_URL where runs are executed, to file:///srv/lake or s3://bucket/prefix",
      );
    return to === "ARTIFACT" ? null : lake;
  }

  /** It names files that are there. */
  async #manifest(written: WrittenExport): Promise<null> {
    await withTransaction(this.on.pool, async (tx) => {
      await holdErasures(tx);
      await this.#saveManifest(tx, await this.#shape(tx), written);
    });
    return null;
  }

  /** Equal rows have equal bytes here, too, but for the folder. */
  async #saveManifest(tx: Client, shape: ExportShape, written: WrittenExport): Promise<void> {
    const { run } = this;
    await run.requireCurrent(tx);
    const bytes = manifestOf(run.params, shapedColumns(this.#columns, shape), shape, written);
    await new ArtifactStore(tx).save(run.runId, { ...TRAINING_SET_MANIFEST, bytes });
  }
}

const sumOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** Of the files of one format: every format has the same rows. */
const countsOf = (files: readonly Written[]) => ({
  rows: sumOf(files, (file) => file.rows),
  heldOutRows: sumOf(files, (file) => file.heldOutRows ?? 0),
});

const exportedOf = ({ name, rows, bytes, sha256 }: Written): ExportedFile => ({ name, rows, bytes, sha256 });

const idsOf = (months: ExportParams["months"]): number[] =>
  months.flatMap(({ snapshotId, labelSnapshotId }) => [snapshotId, labelSnapshotId]);

/** The date is the first column; readers take it from the folder. */
async function* withoutDate(rows: AsyncIterable<ExportRow>): AsyncGenerator<ExportRow, void, undefined> {
  for await (const row of rows) yield row.slice(1);
}

async function* countingHeldOut(
  rows: AsyncIterable<ExportRow>,
  tally: { heldOutRows: number },
): AsyncGenerator<ExportRow, void, undefined> {
  for await (const row of rows) {
    if (row.at(-1) === true) tally.heldOutRows++;
    yield row;
  }
}

const SOME = 10_000;

/** @param onRows called after some of them, with their number */
async function* counted(
  rows: AsyncIterable<ExportRow>,
  onRows: (count: number) => void,
): AsyncGenerator<ExportRow, void, undefined> {
  let count = 0;
  for await (const row of rows) {
    yield row;
    if (++count % SOME === 0) onRows(SOME);
  }
}
