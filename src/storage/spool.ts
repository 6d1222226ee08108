import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** A file that grows: bytes in order, and their hash. */
export class Spool {
  readonly #hash = createHash("sha256");
  #bytes = 0;

  private constructor(
    readonly path: string,
    private readonly file: Awaited<ReturnType<typeof open>>,
  ) {}

  static async begin(folder: string): Promise<Spool> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, randomUUID());
    return new Spool(path, await open(path, "wx+", 0o640));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#bytes += bytes.byteLength;
    await this.file.writeFile(bytes);
  }

  /** On disk, whatever happens to the machine. */
  async end(): Promise<{ bytes: number; sha256: string }> {
    await this.file.sync();
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  /** Without a name it ends with the process, however that ends. */
  async unname(): Promise<void> {
    // Windows keeps the name of a file that is open: `discard` takes it.
    await rm(this.path, { force: true }).catch(() => {});
  }

  /** As often as it is asked. @param end the last byte, included; absent: that of the file */
  reader(start = 0, end?: number): Readable {
    return this.file.createReadStream({ start, end, autoClose: false });
  }

  close(): Promise<void> {
    return this.file.close();
  }

  async discard(): Promise<void> {
    await this.file.close().catch(() => {});
    await rm(this.path, { force: true });
  }
}
