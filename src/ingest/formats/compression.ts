import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { DamagedBytesError } from "./file-format.js";

/** How a file that is read as a stream may be packed. */
export interface Compression {
  readonly name: string;
  /** After the format's. */
  readonly extension: string;
  readonly magic: Buffer;
  /** @throws {DamagedBytesError} the bytes are not, or not all, what was packed */
  unpack(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer>;
}

export const gzip: Compression = {
  name: "gzip",
  extension: ".gz",
  magic: Buffer.from([0x1f, 0x8b]),
  /** A stage of its own would end the whole pipeline with its error; so the error reaches who counts the lines. */
  async *unpack(chunks) {
    const gunzip = createGunzip();
    const feeding = pipeline(withoutEnding(chunks), gunzip).catch(() => {});
    try {
      yield* gunzip;
    } catch (error) {
      if (!String((error as NodeJS.ErrnoException)?.code).startsWith("Z_")) throw error;
      throw new DamagedBytesError(
        "the gzip data is damaged or ends too early; deliver the file again, whole",
      );
    } finally {
      gunzip.destroy();
      await feeding;
    }
  },
};

export const compressions: readonly Compression[] = [gzip];

/** The same chunks; who stops taking them does not end the stream they come from. */
async function* withoutEnding(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]();
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}
