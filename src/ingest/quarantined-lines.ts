import QueryStream from "pg-query-stream";
import { type Client, type Pool, withClient } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { entityOf } from "../definitions/language/entities.js";
import { headerOf } from "../definitions/language/file-reading.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { deliveredKey } from "../definitions/language/key-form.js";
import { asDeclared } from "./as-declared.js";
import { readRecords } from "./delivered-records.js";
import type { DeliveredRecord } from "./formats/file-format.js";
import type { Quarantine } from "./quarantine.js";
import { keptOutTable, rowsTable } from "./quarantine-notes.js";
import { type DeliveredFile, type FileReader, fileChanged } from "./sources/source-scheme.js";

const BATCH = 1000;
/** The longest cell; a page of rows is held in memory by its reader. */
const MAX_CELL_CHARACTERS = 2000;
const MAX_FIELDS = 50;
const FLUSH_CHARACTERS = 1 << 20;

/**
 * Reads the rows that are kept out once more, as they were delivered, into a staging table: what was staged are
 * typed values, and of some rows nothing. Both the file and the lines are streamed, so a million rows take no memory.
 * @throws {ConflictError} the file is no longer the one that was staged
 */
export async function keepDeliveredRows(
  pool: Pool,
  deployment: Deployment,
  runId: string,
  reader: FileReader,
  files: readonly DeliveredFile[],
  { rows }: Quarantine,
  signal: AbortSignal,
): Promise<void> {
  const table = rowsTable(runId);
  await pool.query(`drop table if exists ${table}`);
  await pool.query(
    `create unlogged table ${table} (source text not null, line integer not null, key text, row json not null)`,
  );
  for (const source of deployment.sources) {
    const count = rows[source.name];
    if (!count) continue;
    const file = files.find((candidate) => candidate.source === source.name)!;
    const writer = new RowWriter(pool, runId, source);
    const sha256 = await withClient(pool, (client) => {
      const lines = keptLines(client, runId, source);
      return copyRows(deployment, source, reader, file, lines, writer, signal);
    });
    if (writer.written !== count || sha256 !== file.sha256) throw fileChanged(file);
  }
}

/** @returns the hash of the file as it was read now */
async function copyRows(
  deployment: Deployment,
  source: Source,
  reader: FileReader,
  file: DeliveredFile,
  lines: AsyncGenerator<number, void>,
  writer: RowWriter,
  signal: AbortSignal,
): Promise<string> {
  const entity = entityOf(deployment, source);
  const headers = keyColumnsOf(entity).map(({ column }) => headerOf(source, column));
  const toTable = async (batches: AsyncIterable<DeliveredRecord[]>) => {
    let header: string[] | null = null;
    let wanted = await lines.next();
    for await (const batch of batches) {
      for (const { line, fields } of batch) {
        if (header === null) {
          header = fields;
          continue;
        }
        if (wanted.done || line !== wanted.value) continue;
        const parts = headers.map((name) => fields[header!.indexOf(name)]);
        await writer.write(line, deliveredKey(entity, parts) ?? "", rowJson(header, fields));
        wanted = await lines.next();
      }
    }
    await lines.return(); // of a file that has become shorter, lines are left
  };
  const sha256 = await readRecords(
    reader,
    file,
    asDeclared(source, entity),
    { onBytes: () => {}, signal },
    toTable,
  );
  await writer.flush();
  return sha256();
}

/**
 * The lines that are kept out, in the file's order: one query, fetched as the file is read. Asked for in pages, the
 * table, of which there are no statistics, was sorted once a page: with a million rows that took minutes.
 */
async function* keptLines(client: Client, runId: string, { name }: Source): AsyncGenerator<number, void> {
  const sql = `select line from ${keptOutTable(runId)} where source = $1 order by line`;
  const stream = client.query(new QueryStream(sql, [name], { batchSize: BATCH, rowMode: "array" }));
  for await (const [line] of stream as AsyncIterable<[number]>) yield line;
}

/** By column where there is a value for each, else as the list that it is. */
function rowJson(header: readonly string[], fields: readonly string[]): string {
  const shown = fields.slice(0, Math.max(MAX_FIELDS, header.length)).map(shortened);
  if (fields.length !== header.length) return JSON.stringify(shown);
  return JSON.stringify(Object.fromEntries(header.map((name, i) => [name, shown[i]])));
}

const shortened = (text: string): string =>
  text.length <= MAX_CELL_CHARACTERS
    ? text
    : `${text.slice(0, MAX_CELL_CHARACTERS)}… (${text.length} characters)`;

class RowWriter {
  written = 0;
  #characters = 0;
  #lines: number[] = [];
  #keys: (string | null)[] = [];
  #rows: string[] = [];

  constructor(
    private readonly pool: Pool,
    private readonly runId: string,
    private readonly source: Source,
  ) {}

  async write(line: number, key: string, row: string): Promise<void> {
    this.#lines.push(line);
    this.#keys.push(key === "" ? null : key.slice(0, 200).replaceAll("\0", "\u2400"));
    this.#rows.push(row);
    this.#characters += row.length;
    if (this.#lines.length >= BATCH || this.#characters >= FLUSH_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    const values = [this.source.name, this.#lines, this.#keys, this.#rows];
    this.written += this.#lines.length;
    this.#characters = 0;
    [this.#lines, this.#keys, this.#rows] = [[], [], []];
    await this.pool.query(
      `insert into ${rowsTable(this.runId)} (source, line, key, row)
       select $1, * from unnest($2::int[], $3::text[], $4::json[])`,
      values,
    );
  }
}
