import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { compressors, decompressZstd } from "hyparquet-compressors";
import type { Codec } from "./footer.js";
import { MalformedError } from "./thrift.js";

/**
 * A page's bytes. Nothing becomes longer than the page says, which its reader has held against what it takes.
 * @throws {MalformedError} they are damaged, of another length, or in a compression that nobody reads
 */
export function decompress(codec: Codec, bytes: Buffer, length: number): Buffer {
  if (codec === "UNCOMPRESSED") return expectLength(bytes, length);
  // An empty page may be nothing at all in any compression.
  if (length === 0) return Buffer.alloc(0);
  let found: Uint8Array;
  try {
    found = unpack(codec, bytes, length);
  } catch (error) {
    if (error instanceof MalformedError) throw error;
    throw new MalformedError(`a page's ${codec} data is damaged: ${(error as Error).message}`);
  }
  return expectLength(Buffer.from(found.buffer, found.byteOffset, found.byteLength), length);
}

function unpack(codec: Codec, bytes: Buffer, length: number): Uint8Array {
  switch (codec) {
    case "GZIP":
      return gunzipSync(bytes, { maxOutputLength: length });
    case "BROTLI":
      return brotliDecompressSync(bytes, { maxOutputLength: length });
    case "ZSTD":
      // Into these bytes alone: left to itself it makes what the data claims to be.
      return decompressZstd(bytes, new Uint8Array(length));
    case "SNAPPY":
      requireSnappyLength(bytes, length);
      return compressors.SNAPPY!(bytes, length);
    case "LZ4":
    case "LZ4_RAW":
      return compressors[codec]!(bytes, length);
    default:
      throw new MalformedError(`it is compressed with ${codec}; write it with SNAPPY, ZSTD or GZIP`);
  }
}

/** The length that Snappy's data begins with. */
function requireSnappyLength(bytes: Buffer, length: number): void {
  let said = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i] ?? 0;
    said += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) break;
  }
  if (said !== length) throw new MalformedError(`a page unpacks to ${said} bytes, it says ${length}`);
}

function expectLength(bytes: Buffer, length: number): Buffer {
  if (bytes.length === length) return bytes;
  throw new MalformedError(`a page has ${bytes.length} bytes, it says ${length}`);
}
