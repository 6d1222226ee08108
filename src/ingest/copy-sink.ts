import { from as copyFrom } from "pg-copy-streams";
import type { Client } from "../db/pool.js";

/**
 * One COPY into a table. Where PostgreSQL ends it early, `write` and `end` fail with PostgreSQL's own error. A sink
 * that is not ended leaves its connection inside the COPY: release the client as broken, which takes it all back.
 */
export class CopySink {
  readonly #copy: ReturnType<typeof copyFrom>;
  readonly #finished: Promise<void>;
  #failure: Error | null = null;

  constructor(client: Client, sql: string) {
    this.#copy = client.query(copyFrom(sql));
    this.#finished = new Promise((resolve, reject) => {
      this.#copy.once("finish", resolve);
      // The stream emits a lost connection more than once, and is not destroyed by it.
      this.#copy.on("error", (error) => {
        this.#failure ??= error;
        reject(error);
      });
    });
    this.#finished.catch(() => {});
  }

  /** Resolves as soon as more may be written. */
  async write(chunk: string): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#copy.write(chunk)) return;
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        this.#copy.off("drain", settle).off("error", settle);
        if (this.#failure) reject(this.#failure);
        else resolve();
      };
      this.#copy.once("drain", settle).once("error", settle);
    });
  }

  /** Resolves when what was written can be read. */
  async end(): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#copy.end();
    await this.#finished;
  }
}
