import { type Client, quote } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { headerOf } from "../definitions/language/file-reading.js";
import { asDeclared, asOwnTexts } from "./as-declared.js";
import { CopySink } from "./copy-sink.js";
import { readRecords } from "./delivered-records.js";
import type { ExpectationTally } from "./expectation-tally.js";
import { escapeCopy } from "./expectations/delivery/cell.js";
import { cellReader } from "./expectations/delivery/cells.js";
import type { Cell } from "./expectations/delivery/delivery.js";
import { deliveryExpectationsOver } from "./expectations/delivery/registry.js";
import type { DeliveredRecord } from "./formats/file-format.js";
import { formatOf } from "./formats/registry.js";
import type { UnfitRows } from "./quarantine-notes.js";
import { compileRowChecks, type RowCheck } from "./row-checks.js";
import {
  type DeliveredFile,
  deliveredName,
  fileChanged,
  type SourceScheme,
} from "./sources/source-scheme.js";
import { createStagingTable, stagingTable } from "./staging.js";

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
  scheme: SourceScheme,
  file: DeliveredFile,
  tally: ExpectationTally,
  { onBytes, signal, unfit }: StageHooks,
): Promise<number> {
  await createStagingTable(client, deployment, runId, source);
  const checker = new RecordChecker(
    deployment,
    source,
    tally,
    formatOf(deliveredName(file))?.format.textOnly ?? false,
  );
  const columns = ["line", deployment.entity.key, ...Object.keys(source.columns)].map(quote).join(", ");
  const copy = new CopySink(client, `copy ${stagingTable(runId, source)} (${columns}) from stdin`);
  const toCopy = (batches: AsyncIterable<DeliveredRecord[]>) => copyRecords(batches, checker, copy, unfit);
  const hooks = { onBytes: (bytes: number) => onBytes(bytes, checker.rows), signal };
  const sha256 = await readRecords(
    scheme,
    file,
    asDeclared(source, deployment.entity.key),
    hooks,
    toCopy,
  ).catch((error: unknown) => {
    if (!checker.isUnreadable(error)) throw error;
    return null;
  });
  await copy.end();
  if (sha256 && checker.usable && (await sha256()) !== file.sha256) throw fileChanged(file);
  checker.finish();
  return checker.staged;
}

/** Writes checked records to COPY in chunks, waiting whenever PostgreSQL is slower than the file. */
async function copyRecords(
  batches: AsyncIterable<DeliveredRecord[]>,
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
  #rowTests: { column: string | null; name: string; test: (fields: readonly string[]) => string | null }[] =
    [];
  #cells: { column: string; at: number; read: (text: string) => Cell }[] = [];
  #rowChecks: RowCheck | null = null;
  #ownTexts: ReturnType<typeof asOwnTexts> = null;

  constructor(
    private readonly deployment: Deployment,
    private readonly source: Source,
    private readonly tally: ExpectationTally,
    /** Whether the file has nothing but text. */
    private readonly textOnly: boolean,
  ) {}

  /** The record's COPY line, or nothing where it cannot be staged. */
  check(record: DeliveredRecord): string {
    if (this.#header === null) {
      this.#readHeader(record);
      return "";
    }
    if (!this.usable) return "";
    this.rows++;
    const { line, fields: delivered } = record;
    // A row of another length is refused by its shape.
    const fields =
      this.#ownTexts && delivered.length === this.#header.length ? this.#ownTexts(delivered) : delivered;
    for (const { column, name, test } of this.#rowTests) {
      const unexpected = test(fields);
      if (unexpected === null) continue;
      this.#violated(column, name, line, delivered[this.#keyAt] ?? null, unexpected);
      return "";
    }
    const key = fields[this.#keyAt]!;
    this.#rowChecks?.(fields, line, key);
    let copyLine = `${line}\t${escapeCopy(key)}`;
    for (const { column, at, read } of this.#cells) {
      const cell = read(fields[at]!);
      if ("breaks" in cell) {
        this.#violated(column, cell.breaks, line, key, delivered[at]!);
        copyLine += "\t\\N";
      } else copyLine += cell.copy === null ? "\t\\N" : `\t${cell.copy}`;
    }
    this.staged++;
    return `${copyLine}\n`;
  }

  /** Whether an error says that the file cannot be read on, which is then noted. */
  isUnreadable(error: unknown): boolean {
    const problems = deliveryExpectationsOver("bytes").flatMap(({ name, evaluation }) => {
      const problem = evaluation.problem(error);
      return problem ? [{ name, ...problem }] : [];
    });
    for (const { name, line, value } of problems) this.#violated(null, name, line, null, value);
    return problems.length > 0;
  }

  finish(): void {
    this.tally.countRows(this.source.name, this.rows);
    if (this.#header === null) this.#checkHeader(1);
    else if (this.usable) {
      for (const { name, evaluation } of deliveryExpectationsOver("count")) {
        const problem = evaluation.problem(this.rows);
        if (problem !== null) this.#violated(null, name, 1, null, problem);
      }
    }
    this.tally.passed(this.source.name, ["bytes", "header", "count"]);
    if (this.usable) this.tally.passed(this.source.name, ["row", "empty cells", "cells", "values"]);
  }

  #readHeader({ line, fields }: DeliveredRecord): void {
    this.#header = fields;
    const { key } = this.deployment.entity;
    const at = (column: string) => fields.indexOf(headerOf(this.source, column));
    this.#keyAt = at(key);
    this.usable = this.#checkHeader(line);
    if (!this.usable) return;
    this.#rowTests = deliveryExpectationsOver("row").flatMap(({ name, expected, evaluation }) => {
      const test = evaluation.compile(fields, this.#keyAt);
      const { deployment, source } = this;
      const fileOf = (of: string) => this.tally.fileOf(of);
      return expected({ deployment, source, fileOf }).map(({ column }) => ({ column, name, test }));
    });
    this.#rowChecks = compileRowChecks(this.source, key, at, ({ index }) =>
      this.tally.counter(this.source.name, index),
    );
    this.#cells = Object.entries(this.source.columns).map(([column, declared]) => ({
      ...{ column, at: at(column), read: cellReader(declared) },
    }));
    this.#ownTexts = asOwnTexts(this.source, key, at, this.textOnly);
  }

  #checkHeader(line: number): boolean {
    const { deployment, source } = this;
    const problems = deliveryExpectationsOver("header").flatMap(({ name, evaluation }) =>
      evaluation
        .problems(this.#header, asDeclared(source, deployment.entity.key))
        .map((problem) => ({ name, problem })),
    );
    for (const { name, problem } of problems.slice(0, 20)) this.#violated(null, name, line, null, problem);
    return problems.length === 0;
  }

  #violated(column: string | null, rule: string, line: number, userId: string | null, value: string): void {
    this.tally.violated(this.source.name, column, rule, {
      line,
      userId: userId === null ? null : ownCopy(userId.slice(0, 200)),
      value: ownCopy(value.slice(0, 300)),
    });
  }
}

/** A part of a string keeps the whole block it was cut from in memory; samples outlive their block. */
const ownCopy = (text: string): string => Buffer.from(text, "utf16le").toString("utf16le");
