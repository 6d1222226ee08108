import pg from "pg";
import { SourceUnreadableError } from "../../../errors/errors.js";
import { type DeliveredRecord, FileUnreadableError, MAX_RECORD_BYTES } from "../../formats/file-format.js";
import type { ToText } from "./value-texts.js";
import { WarehouseSilentError } from "./warehouse-errors.js";

const CONNECT_MS = 10_000;
/** Beyond the statement's own timeout, which the server keeps: then it is the server that is silent. */
const GRACE_MS = 10_000;
const FIRST_FETCH = 16;
const MOST_FETCH = 4_096;
const FETCH_CHARACTERS = 1 << 20;

/** Values stay the text that PostgreSQL writes: no number loses a digit on its way through JavaScript. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** What PostgreSQL writes must not depend on how it, its user or its database are set up. A pooler may not take them at the start. */
const SESSION = {
  ...{ DateStyle: "ISO, YMD", TimeZone: "UTC", IntervalStyle: "iso_8601" },
  ...{ extra_float_digits: "1", bytea_output: "hex" },
  // A cursor is read to its end here.
  cursor_tuple_fraction: "1",
};

export interface CursorColumn {
  readonly name: string;
  readonly oid: number;
}

/** One read-only transaction on another PostgreSQL: everything that it reads is as it was at one instant. */
export class Warehouse {
  #cursors = 0;

  private constructor(private readonly client: pg.Client) {}

  /**
   * @param url is not repeated by any error
   * @throws what pg throws; {WarehouseSilentError}; {SourceUnreadableError} it is no URL of a PostgreSQL
   */
  static async open(url: string, signal: AbortSignal): Promise<Warehouse> {
    signal.throwIfAborted();
    if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
      throw new SourceUnreadableError("its value is no postgres:// URL; set it to one");
    const client = new pg.Client({
      connectionString: url,
      types: AS_TEXT,
      application_name: "asof",
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
    });
    // A connection that breaks fails its query, too; without a listener the event would end the process.
    client.on("error", () => {});
    const warehouse = new Warehouse(client);
    try {
      await warehouse.#within(CONNECT_MS + GRACE_MS, signal, () => client.connect());
      await warehouse.#query("begin isolation level repeatable read, read only", [], CONNECT_MS, signal);
      await warehouse.#query(
        "select set_config(name, wanted, true) from unnest($1::text[], $2::text[]) as t(name, wanted)",
        [Object.keys(SESSION), Object.values(SESSION)],
        CONNECT_MS,
        signal,
      );
      return warehouse;
    } catch (error) {
      await warehouse.close();
      throw error;
    }
  }

  /**
   * The rows of a query, by a cursor of the server: the header first, each value as the text that a CSV would hold. A fetch has about a
   * megabyte, whatever the rows are.
   * @param text its parameter is the date
   * @param readersOf called with the columns before any row: what makes texts of each
   */
  async *records(
    { text, asOf, timeoutMs }: { text: string; asOf: string | null; timeoutMs: number },
    readersOf: (columns: readonly CursorColumn[]) => readonly ToText[],
    signal: AbortSignal,
  ): AsyncGenerator<DeliveredRecord[]> {
    const wait = timeoutMs + GRACE_MS;
    const cursor = `asof_rows_${++this.#cursors}`;
    await this.#query(`set local statement_timeout = ${timeoutMs}`, [], wait, signal);
    await this.#query(
      `declare ${cursor} no scroll cursor for ${text}`,
      asOf === null ? [] : [asOf],
      wait,
      signal,
    );
    let count = FIRST_FETCH;
    let toText: readonly ToText[] | null = null;
    for (let line = 1; ; ) {
      const { rows, fields } = await this.#query(`fetch forward ${count} from ${cursor}`, [], wait, signal);
      if (toText === null) {
        const columns = fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID }));
        toText = readersOf(columns);
        yield [{ line: 1, fields: columns.map(({ name }) => name) }];
      }
      if (rows.length === 0) break;
      let characters = 0;
      const batch: DeliveredRecord[] = [];
      for (const row of rows as (string | null)[][]) {
        const values = row.map((value, i) => (value === null ? "" : toText![i]!(value)));
        const length = values.reduce((sum, value) => sum + value.length, 0);
        if (length > MAX_RECORD_BYTES)
          throw new FileUnreadableError(`a row is longer than ${MAX_RECORD_BYTES} bytes`, line);
        characters += length;
        batch.push({ line: line++, fields: values });
      }
      yield batch;
      const fitting = (FETCH_CHARACTERS * rows.length) / Math.max(characters, 1);
      count = Math.max(1, Math.min(MOST_FETCH, Math.floor(fitting), 4 * count));
    }
    await this.#query(`close ${cursor}`, [], wait, signal);
  }

  /** Ends the connection, and with it the transaction; cuts it where the server does not answer. */
  async close(): Promise<void> {
    const cut = setTimeout(() => this.#cut(), 2_000);
    await this.client.end().catch(() => {});
    clearTimeout(cut);
  }

  async #query(text: string, values: unknown[], waitMs: number, signal: AbortSignal) {
    const query = { text, values, rowMode: "array", types: AS_TEXT };
    return this.#within(waitMs, signal, () => this.client.query<(string | null)[]>(query));
  }

  async #within<T>(waitMs: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    let end = () => {};
    const ended = new Promise<never>((_, reject) => {
      const late = setTimeout(() => reject(new WarehouseSilentError("nothing came in time")), waitMs);
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      end = () => {
        clearTimeout(late);
        signal.removeEventListener("abort", abort);
      };
    });
    const working = work();
    working.catch(() => {}); // where it was given up
    try {
      return await Promise.race([working, ended]);
    } catch (error) {
      if (error instanceof WarehouseSilentError || signal.aborted) this.#cut();
      throw error;
    } finally {
      end();
    }
  }

  /** `end` waits for the server, and this one may never answer. */
  #cut(): void {
    const { connection } = this.client as unknown as { connection?: { stream?: { destroy(): void } } };
    connection?.stream?.destroy();
  }
}
