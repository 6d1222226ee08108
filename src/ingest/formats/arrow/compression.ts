import type * as Arrow from "apache-arrow";
import { decompressZstd } from "hyparquet-compressors";
import { unpackLz4Frame } from "./lz4-frame.js";

/** By the numbers of Arrow's CompressionType. */
const LZ4_FRAME = 0;
const ZSTD = 1;
/** In place of a length: the buffer is not compressed. */
const AS_IT_IS = -1n;
/** The length of a buffer once it is unpacked, before it. */
const LENGTH_BYTES = 8;

/**
 * What unpacks the buffers of a compressed batch. The library passes it a buffer without the length before it, which lies in the same
 * bytes. Node 20 has no ZSTD of its own.
 * @param mostBytes of one buffer
 */
export function registerCompressions({ compressionRegistry }: typeof Arrow, mostBytes: number): void {
  const decoding = (unpack: (bytes: Uint8Array, length: number) => Uint8Array) => ({
    decode: (bytes: Uint8Array): Uint8Array => {
      const before = Buffer.from(bytes.buffer, bytes.byteOffset - LENGTH_BYTES, LENGTH_BYTES);
      const length = before.readBigInt64LE();
      if (length === AS_IT_IS) return bytes;
      if (length < 0n || length > BigInt(mostBytes))
        throw new Error(
          `a buffer says it has ${length} bytes once it is unpacked; at most ${mostBytes} are read`,
        );
      const found = unpack(bytes, Number(length));
      if (found.length !== Number(length))
        throw new Error(`a buffer has ${found.length} bytes once it is unpacked, and says ${length}`);
      return found;
    },
  });
  compressionRegistry.set(LZ4_FRAME, decoding(unpackLz4Frame));
  compressionRegistry.set(ZSTD, decoding(unpackZstd));
}

/** As the format's own tool has it: larger windows are made room for before anything is known to be in them. */
const MOST_WINDOW_LOG = 27;
const SINGLE_SEGMENT = 0x20;

function unpackZstd(bytes: Uint8Array, length: number): Uint8Array {
  const [head = 0, window = 0] = bytes.subarray(4);
  if ((head & SINGLE_SEGMENT) === 0 && 10 + (window >> 3) > MOST_WINDOW_LOG)
    throw new Error(`a buffer's ZSTD window is larger than ${2 ** MOST_WINDOW_LOG} bytes`);
  // Into these bytes alone: left to itself it makes what the data claims to be.
  return decompressZstd(bytes, new Uint8Array(length));
}
