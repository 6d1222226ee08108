/**
 * Unpacks one LZ4 frame, of which the library that unpacks Parquet's blocks knows nothing: blocks may go back to bytes of the blocks
 * before them. Checksums are passed over. https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 * @param length of what comes out
 * @throws {Error} it is damaged, or of another length
 */
export function unpackLz4Frame(bytes: Uint8Array, length: number): Uint8Array {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const output = new Uint8Array(length);
  if (input.length < 7 || input.readUInt32LE(0) !== MAGIC) throw new Error("a buffer is no LZ4 frame");
  const flags = input[4]!;
  const has = (bit: number): boolean => (flags & (1 << bit)) !== 0;
  if (flags >> 6 !== 1) throw new Error("a buffer is an LZ4 frame of another version");
  let at = 6 + (has(CONTENT_SIZE) ? 8 : 0) + (has(DICTIONARY) ? 4 : 0) + 1;
  let written = 0;
  while (true) {
    if (at + 4 > input.length) throw damaged();
    const head = input.readUInt32LE(at);
    at += 4;
    if (head === 0) break;
    const size = head & 0x7fffffff;
    if (at + size > input.length) throw damaged();
    const block = input.subarray(at, at + size);
    written = head > 0x7fffffff ? copied(block, output, written) : unpacked(block, output, written);
    at += size + (has(BLOCK_CHECKSUM) ? 4 : 0);
  }
  if (written !== length) throw damaged();
  return output;
}

const MAGIC = 0x184d2204;
const DICTIONARY = 0;
const CONTENT_SIZE = 3;
const BLOCK_CHECKSUM = 4;
const SHORTEST_MATCH = 4;

function copied(block: Uint8Array, output: Uint8Array, at: number): number {
  if (at + block.length > output.length) throw damaged();
  output.set(block, at);
  return at + block.length;
}

/** Sequences of literals and of copies of what came out before. */
function unpacked(block: Uint8Array, output: Uint8Array, from: number): number {
  let [at, out] = [0, from];
  const extended = (length: number): number => {
    if (length < 15) return length;
    let [sum, byte] = [length, 255];
    while (byte === 255) {
      if (at >= block.length) throw damaged();
      byte = block[at++]!;
      sum += byte;
    }
    return sum;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = extended(token >> 4);
    if (at + literals > block.length) throw damaged();
    out = copied(block.subarray(at, at + literals), output, out);
    at += literals;
    // The last sequence is literals alone.
    if (at === block.length) return out;
    if (at + 2 > block.length) throw damaged();
    const back = block[at]! | (block[at + 1]! << 8);
    at += 2;
    const length = extended(token & 15) + SHORTEST_MATCH;
    if (back === 0 || back > out || out + length > output.length) throw damaged();
    // One by one: a copy may go on into itself.
    for (const end = out + length; out < end; out++) output[out] = output[out - back]!;
  }
  return out;
}

const damaged = (): Error => new Error("a buffer's LZ4 data is damaged");
