import { type Client, quote } from "../db/pool.js";
import { escapeCopy } from "../definitions/language/column-types/string.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { entityOf, keyOf, parentLinkOf } from "../definitions/language/entities.js";
import { headerOf } from "../definitions/language/file-reading.js";
import { isKeyProblem, keyOfParts } from "../definitions/language/key-form.js";
import type { ErasedKeys } from "../features/erasure/kept-out.js";
import { asDeclared, asOwnTexts } from "./as-declared.js";
import { CopySink } from "./copy-sink.js";
import { readRecords } from "./delivered-records.js";
import type { ExpectationTally } from "./expectation-tally.js";

import { cellReader } from "./expectations/delivery/cells.js";
import type { Cell } from "./expectations/delivery/delivery.js";
import { keyType } from "./expectations/delivery/keys.js";
import { deliveryExpectationsOver } from "./expectations/delivery/registry.js";
import type { DeliveredRecord } from "./formats/file-format.js";
import { formatOf } from "./formats/registry.js";
import { KeptOutRows } from "./kept-out-rows.js";
import { KeyReader, keyCells } from "./key-reader.js";
import type { UnfitRows } from "./quarantine-notes.js";
import { compileRowChecks, type RowCheck } from "./row-checks.js";
import { type DeliveredFile, deliveredName, type FileReader, fileChanged } from "./sources/source-scheme.js";
import { createStagingTable, stagingTable } from "./staging.js";

const FLUSH_CHARACTERS = 1 << 16;

export interface StageHooks {
  onBytes(bytes: number, rows: number): void;
  signal: AbortSignal;
  /** Where rows that are fit for quarantine are noted; absent where no source has one. */
  unfit?: UnfitRows | null;
  /** Whose rows are passed over, whatever is in them; absent: nobody's. */
  keptOut?: ErasedKeys;
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
  reader: FileReader,
  file: DeliveredFile,
  tally: ExpectationTally,
  { onBytes, signal, unfit, keptOut }: StageHooks,
): Promise<number> {
  await createStagingTable(client, deployment, runId, source);
  const checker = new RecordChecker(
    deployment,
    source,
    tally,
    formatOf(deliveredName(file))?.format.textOnly ?? false,
    keptOut && !keptOut.isEmpty ? keptOut : null,
  );
  const columns = ["line", keyOf(deployment, source), ...Object.keys(source.columns)].map(quote).join(", ");
  const copy = new CopySink(client, `copy ${stagingTable(runId, source)} (${columns}) from stdin`);
  const toCopy = (batches: AsyncIterable<DeliveredRecord[]>) => copyRecords(batches, checker, copy, unfit);
  const hooks = { onBytes: (bytes: number) => onBytes(bytes, checker.rows), signal };
  const sha256 = await readRecords(
    reader,
    file,
    asDeclared(source, entityOf(deployment, source)),
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
  /** Those that were passed over are not counted. */
  rows = 0;
  #erased = 0;
  staged = 0;
  /** False where the header is wrong: its rows cannot be told apart. */
  usable = true;
  #header: string[] | null = null;
  #key: KeyReader;
  #rowTests: { column: string | null; name: string; test: (fields: readonly string[]) => string | null }[] =
    [];
  #cells: { column: string; at: number; read: (text: string) => Cell }[] = [];
  #rowChecks: RowCheck | null = null;
  #ownTexts: ReturnType<typeof asOwnTexts> = null;
  #keptOut: KeptOutRows | null = null;

  constructor(
    private readonly deployment: Deployment,
    private readonly source: Source,
    private readonly tally: ExpectationTally,
    /** Whether the file has nothing but text. */
    private readonly textOnly: boolean,
    private readonly keptOut: ErasedKeys | null,
  ) {
    this.#key = new KeyReader(entityOf(deployment, source), []);
  }

  /** The record's COPY line, or nothing where it cannot be staged. */
  check(record: DeliveredRecord): string {
    if (this.#header === null) {
      this.#readHeader(record);
      return "";
    }
    if (!this.usable) return "";
    const { line, fields: delivered } = record;
    // A row of another length is refused by its shape.
    const fields =
      this.#ownTexts && delivered.length === this.#header.length ? this.#ownTexts(delivered) : delivered;
    // Before anything is checked: reports show what is wrong, and whose it is.
    if (this.#keptOut?.has(fields, this.#key.read(fields))) {
      this.#erased++;
      return "";
    }
    this.rows++;
    for (const { column, name, test } of this.#rowTests) {
      const unexpected = test(fields);
      if (unexpected === null) continue;
      this.#violated(column, name, line, this.#key.delivered(delivered), unexpected);
      return "";
    }
    const key = this.#key.read(fields);
    if (isKeyProblem(key)) {
      this.#violated(key.column.column, keyType.name, line, this.#key.delivered(delivered), key.problem);
      return "";
    }
    this.#rowChecks?.(this.#key.withKey(fields, key), line, key);
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
    this.tally.erased(this.source.name, this.#erased);
    if (this.#header === null) this.#checkHeader(1);
    else if (this.usable) {
      for (const { name, evaluation } of deliveryExpectationsOver("count")) {
        const problem = evaluation.problem(this.rows + this.#erased);
        if (problem !== null) this.#violated(null, name, 1, null, problem);
      }
    }
    this.tally.passed(this.source.name, ["bytes", "header", "count"]);
    if (this.usable)
      this.tally.passed(this.source.name, ["row", "empty cells", "cells", "local times", "values"]);
  }

  #readHeader({ line, fields }: DeliveredRecord): void {
    this.#header = fields;
    const entity = entityOf(this.deployment, this.source);
    const at = (column: string) => fields.indexOf(headerOf(this.source, column));
    this.#key = new KeyReader(entity, keyCells(entity, at));
    this.usable = this.#checkHeader(line);
    if (!this.usable) return;
    this.#rowTests = deliveryExpectationsOver("row").flatMap(({ name, expected, evaluation }) => {
      const { deployment, source } = this;
      const fileOf = (of: string) => this.tally.fileOf(of);
      return expected({ deployment, source, fileOf }).map(({ column }) => ({
        ...{ column, name },
        test: evaluation.compile(fields, this.#key.cellOf(column)),
      }));
    });
    const placeOf = (column: string) => (column === entity.key ? this.#key.placeIn(fields) : at(column));
    this.#rowChecks = compileRowChecks(this.source, entity.key, placeOf, ({ index }) =>
      this.tally.counter(this.source.name, index),
    );
    this.#cells = Object.entries(this.source.columns).map(([column, declared]) => ({
      ...{ column, at: at(column), read: this.#inOneForm(column, cellReader(declared)) },
    }));
    if (this.keptOut) this.#keptOut = new KeptOutRows(this.keptOut, this.deployment, this.source, fields);
    this.#ownTexts = asOwnTexts(this.source, entity, at, this.textOnly);
  }

  /** The key of what the row belongs to is kept as its own rows keep it: a UUID is a text here, and may be in capitals. */
  #inOneForm(column: string, read: (text: string) => Cell): (text: string) => Cell {
    const link = parentLinkOf(this.deployment, this.source);
    if (link?.column !== column) return read;
    return (text) => {
      const key = keyOfParts(link.to.entity, [text]);
      return read(isKeyProblem(key) ? text : key);
    };
  }

  #checkHeader(line: number): boolean {
    const { deployment, source } = this;
    const problems = deliveryExpectationsOver("header").flatMap(({ name, evaluation }) =>
      evaluation
        .problems(this.#header, asDeclared(source, entityOf(deployment, source)))
        .map((problem) => ({ name, problem })),
    );
    for (const { name, problem } of problems.slice(0, 20)) this.#violated(null, name, line, null, problem);
    return problems.length === 0;
  }

  #violated(column: string | null, rule: string, line: number, key: string | null, value: string): void {
    this.tally.violated(this.source.name, column, rule, {
      line,
      key: key === null ? null : ownCopy(key.slice(0, 200)),
      value: ownCopy(value.slice(0, 300)),
    });
  }
}

/** A part of a string keeps the whole block it was cut from in memory; samples outlive their block. */
const ownCopy = (text: string): string => Buffer.from(text, "utf16le").toString("utf16le");
