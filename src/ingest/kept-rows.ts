import { createHash } from "node:crypto";
import type { Pool } from "../db/pool.js";
import { type DeliveredRecord, FileUnreadableError } from "./formats/file-format.js";
import {
  type DeliveredFile,
  fileChanged,
  type ListedFile,
  type OnBytes,
  rowsText,
  type SourceContent,
} from "./sources/source-scheme.js";
import { runTable } from "./staging.js";

const FLUSH_CHARACTERS = 1 << 20;
/** Told from every source's table by its first digit. */
const keptTable = (runId: string, { source }: ListedFile): string => runTable(runId, `0_${source}`);

/**
 * Keeps rows that may be other ones the next time, as they were delivered, until the run has ended: validation, quarantine and
 * whichever process goes on with the run read these. The table is logged, so that a crash of the server loses nothing of it.
 * @returns the file with what it came to: rows that cannot be read on are kept as far as they could be, with the reason
 */
export async function keepRows(
  pool: Pool,
  runId: string,
  file: ListedFile,
  batches: AsyncIterable<DeliveredRecord[]>,
  onBytes: OnBytes,
): Promise<DeliveredFile> {
  const table = keptTable(runId, file);
  await pool.query(`drop table if exists ${table}`);
  await pool.query(
    `create table ${table} (batch integer primary key, records text not null, problem text, line integer)`,
  );
  const hash = createHash("sha256");
  let [bytes, batch, characters] = [0, 0, 0];
  let pending: DeliveredRecord[] = [];
  const flush = async (problem: string | null = null, line: number | null = null) => {
    if (pending.length === 0 && problem === null) return;
    const records = JSON.stringify(pending.map((record) => [record.line, ...record.fields]));
    await pool.query(`insert into ${table} values ($1, $2, $3, $4)`, [batch++, records, problem, line]);
    [pending, characters] = [[], 0];
  };
  try {
    for await (const records of batches) {
      const text = rowsText(records);
      hash.update(text);
      bytes += Buffer.byteLength(text);
      onBytes(Buffer.byteLength(text));
      pending.push(...records);
      characters += text.length;
      if (characters >= FLUSH_CHARACTERS) await flush();
    }
    await flush();
  } catch (error) {
    if (!(error instanceof FileUnreadableError)) throw error;
    await flush(error.message, error.line);
  }
  return { ...file, bytes, sha256: hash.digest("hex") };
}

/** What `keepRows` kept, as often as it is asked. */
export const keptRows = (pool: Pool, runId: string, file: ListedFile): SourceContent => ({
  kind: "rows",
  async *records(signal) {
    const table = keptTable(runId, file);
    const found = await pool.query("select to_regclass($1) is not null as found", [table]);
    if (!found.rows[0].found) throw fileChanged(file);
    for (let batch = 0; ; batch++) {
      signal.throwIfAborted();
      const { rows } = await pool.query<{ records: string; problem: string | null; line: number | null }>(
        `select records, problem, line from ${table} where batch = $1`,
        [batch],
      );
      const [kept] = rows;
      if (!kept) return;
      const records = JSON.parse(kept.records) as [number, ...string[]][];
      if (records.length > 0) yield records.map(([line, ...fields]) => ({ line, fields }));
      if (kept.problem !== null) throw new FileUnreadableError(kept.problem, kept.line ?? 1);
    }
  },
});
