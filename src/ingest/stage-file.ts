import { pipeline } from "node:stream/promises";
import { type Client, quote } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { type Cell, cellReader, escapeCopy, isText } from "./cell.js";
import { CopySink } from "./copy-sink.js";
import { openRecords } from "./delivered-records.js";
import type { ExpectationName } from "./delivery-expectations.js";
import type { ExpectationTally } from "./expectation-tally.js";
import { type CsvRecord, CsvUnreadableError } from "./formats/csv/csv-records.js";
import { headerProblems } from "./header-problems.js";
import type { UnfitRows } from "./quarantine-notes.js";
import { compileRowChecks, type RowCheck } from "./row-checks.js";
import { type DeliveredFile, fileChanged } from "./sources/folder/source-folder.js";
import { createStagingTable, stagingTable } from "./staging.js";

const MAX_KEY_CHARACTERS = 200;
const FLUSH_CHARACTERS = 1 << 16;

export interface StageHooks {
  onBytes(bytes: number, rows: number): void;
  signal: AbortSignal;
  /** Where rows that are fit for quarantine are noted; absent where no source has one. */
  unfit?: UnfitRows | null;
}

/**
 * Streams one file into its staging table by COPY, checking every cell on the way; memory does not grow with the
 * file. A cell that breaks a rule is counted and staged as null, so that the set-based checks still see its row.
 * Whatever it throws, the connection may be inside a COPY: release the client as broken.
 * @returns rows staged
 * @throws {ConflictError} the file is no longer the one that was fingerprinted
 */
export async function stageFile(
  client: Client,
  deployment: Deployment,
  runId: string,
  source: Source,
  file: DeliveredFile,
  tally: ExpectationTally,
  { onBytes, signal, unfit }: StageHooks,
): Promise<number> {
  await createStagingTable(client, deployment, runId, source);
  const checker = new RecordChecker(deployment, source, tally);
  const columns = ["line", deployment.entity.key, ...Object.keys(source.columns)].map(quote).join(", ");
  const copy = new CopySink(client, `copy ${stagingTable(runId, source)} (${columns}) from stdin`);
  const { stages, sha256 } = openRecords(file, (bytes) => onBytes(bytes, checker.rows), signal);
  const toCopy = (batches: AsyncIterable<CsvRecord[]>) => copyRecords(batches, checker, copy, unfit);
  try {
    await pipeline([...stages, toCopy] as unknown as NodeJS.ReadWriteStream[], { signal });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw fileChanged(file);
    if (!(error instanceof CsvUnreadableError)) throw error;
    const row = { line: error.line, userId: null, value: error.message };
    tally.violated(source.name, null, "readable", row);
  }
  await copy.end();
  const unread = tally.failed(source.name, "readable") || !checker.usable;
  if (!unread && (await sha256()) !== file.sha256) throw fileChanged(file);
  checker.finish();
  return checker.staged;
}

/** Writes checked records to COPY in chunks, waiting whenever PostgreSQL is slower than the file. */
async function copyRecords(
  batches: AsyncIterable<CsvRecord[]>,
  checker: RecordChecker,
  copy: CopySink,
  unfit: UnfitRows | null = null,
) {
  let buffer = "";
  for await (const batch of batches) {
    for (const record of batch) {
      buffer += checker.check(record);
      if (buffer.length < FLUSH_CHARACTERS) continue;
      await copy.write(buffer);
      buffer = "";
    }
    if (unfit) await unfit.flushIfFull();
  }
  if (buffer !== "") await copy.write(buffer);
}

/** Checks the header, then one record after the other, into COPY lines in declaration order. */
class RecordChecker {
  rows = 0;
  staged = 0;
  /** False where the header is wrong: its rows cannot be told apart. */
  usable = true;
  #header: string[] | null = null;
  #keyAt = 0;
  #cells: { column: string; at: number; read: (text: string) => Cell }[] = [];
  #rowChecks: RowCheck | null = null;

  constructor(
    private readonly deployment: Deployment,
    private readonly source: Source,
    private readonly tally: ExpectationTally,
  ) {}

  /** The record's COPY line, or nothing where it cannot be staged. */
  check(record: CsvRecord): string {
    if (this.#header === null) {
      this.#readHeader(record);
      return "";
    }
    if (!this.usable) return "";
    this.rows++;
    const { line, fields } = record;
    if (fields.length !== this.#header.length) {
      const value = `${fields.length} field${fields.length === 1 ? "" : "s"} in ${JSON.stringify(fields.join(",").slice(0, 200))}`;
      this.#violated(null, "row_shape", line, fields[this.#keyAt] ?? null, value);
      return "";
    }
    const key = fields[this.#keyAt]!;
    if (!this.#keyIsValid(key, line)) return "";
    this.#rowChecks?.(fields, line, key);
    let copyLine = `${line}\t${escapeCopy(key)}`;
    for (const { column, at, read } of this.#cells) {
      const cell = read(fields[at]!);
      if ("breaks" in cell) {
        this.#violated(column, cell.breaks, line, key, fields[at]!);
        copyLine += "\t\\N";
      } else copyLine += cell.copy === null ? "\t\\N" : `\t${cell.copy}`;
    }
    this.staged++;
    return `${copyLine}\n`;
  }

  finish(): void {
    this.tally.countRows(this.source.name, this.rows);
    if (this.#header === null) this.#violated(null, "column_set", 1, null, "the file is empty");
    else if (this.usable && this.rows === 0)
      this.#violated(null, "row_count", 1, null, "nothing follows the header");
  }

  #readHeader({ line, fields }: CsvRecord): void {
    this.#header = fields;
    const columns = Object.keys(this.source.columns);
    const expected = [this.deployment.entity.key, ...columns];
    const problems = headerProblems(fields, expected);
    for (const problem of problems.slice(0, 20)) this.#violated(null, "column_set", line, null, problem);
    this.usable = problems.length === 0;
    this.#keyAt = fields.indexOf(this.deployment.entity.key);
    this.#rowChecks = this.usable
      ? compileRowChecks(this.source, this.deployment.entity.key, fields, this.tally)
      : null;
    this.#cells = columns.map((column) => ({
      column,
      at: fields.indexOf(column),
      read: cellReader(this.source.columns[column]!),
    }));
  }

  #keyIsValid(key: string, line: number): boolean {
    const rule = key === "" ? "not_null" : key.length > MAX_KEY_CHARACTERS || !isText(key) ? "type" : null;
    if (rule) this.#violated(this.deployment.entity.key, rule, line, key.slice(0, 200), key.slice(0, 200));
    return rule === null;
  }

  #violated(
    column: string | null,
    rule: ExpectationName,
    line: number,
    userId: string | null,
    value: string,
  ): void {
    const sample = {
      line,
      userId: userId === null ? null : ownCopy(userId),
      value: ownCopy(value.slice(0, 300)),
    };
    this.tally.violated(this.source.name, column, rule, sample);
  }
}

/** A part of a string keeps the whole block it was cut from in memory; samples outlive their block. */
const ownCopy = (text: string): string => Buffer.from(text, "utf16le").toString("utf16le");
