import type { PhysicalType } from "./footer.js";
import { MalformedError } from "./thrift.js";

/** A value as it is stored: what it means is the column's logical type to say. */
export type Raw = boolean | number | bigint | Buffer;
/** The next value. What follows the last one is an error. */
export type Next<T = Raw> = () => T;

/** As of a CSV's row. */
export const MAX_VALUE_BYTES = 1 << 20;

/**
 * Values of a page one at a time, whatever its encoding: what a run of one value or a step of a constant says in five
 * bytes is never laid out in memory.
 * @throws {MalformedError} the encoding is none for this type
 */
export function valuesOf(encoding: number, type: PhysicalType, length: number, bytes: Buffer): Next {
  switch (encoding) {
    case 0:
      return plain(type, length, bytes);
    case 3:
      if (type === "BOOLEAN") return flags(hybrid(lengthPrefixed(bytes).bytes, 1));
      break;
    case 5:
      if (type === "INT32" || type === "INT64") return new DeltaInts(bytes, 0, type === "INT32").next;
      break;
    case 6:
      if (type === "BYTE_ARRAY") return deltaLengths(bytes, 0);
      break;
    case 7:
      if (type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY") return deltaBytes(bytes);
      break;
    case 9:
      return splitStreams(type, length, bytes);
  }
  throw new MalformedError(`it has values of the type ${type} in the encoding number ${encoding}`);
}

/** Of a type whose values have one length. */
export function widthOf(type: PhysicalType, length: number): number | null {
  if (type === "INT32" || type === "FLOAT") return 4;
  if (type === "INT64" || type === "DOUBLE") return 8;
  if (type === "INT96") return 12;
  if (type !== "FIXED_LEN_BYTE_ARRAY") return null;
  if (length < 1 || length > MAX_VALUE_BYTES) throw new MalformedError(`values of ${length} bytes`);
  return length;
}

/** The value at a place; `end` is the first byte that is not its own. */
export function rawAt(type: PhysicalType, bytes: Buffer, at: number, end: number): Raw {
  if (end > bytes.length) throw new MalformedError("a page ends too early");
  switch (type) {
    case "INT32":
      return bytes.readInt32LE(at);
    case "INT64":
      return bytes.readBigInt64LE(at);
    case "FLOAT":
      return bytes.readFloatLE(at);
    case "DOUBLE":
      return bytes.readDoubleLE(at);
    default:
      return bytes.subarray(at, end);
  }
}

function plain(type: PhysicalType, length: number, bytes: Buffer): Next {
  let at = 0;
  if (type === "BOOLEAN") return () => bitsAt(bytes, at++, 1) === 1;
  const width = widthOf(type, length);
  if (width !== null) {
    return () => {
      at += width;
      return rawAt(type, bytes, at - width, at);
    };
  }
  return () => {
    const end = at + 4 + lengthAt(bytes, at);
    const value = rawAt(type, bytes, at + 4, end);
    at = end;
    return value;
  };
}

/** The length of a byte array, from its first four bytes. */
export function lengthAt(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw new MalformedError("a page ends too early");
  return withinReason(bytes.readUInt32LE(at));
}

function withinReason(length: number): number {
  if (length >= 0 && length <= MAX_VALUE_BYTES) return length;
  throw new MalformedError(`a value has ${length} bytes; at most ${MAX_VALUE_BYTES} are read`);
}

/** What its first four bytes measure, and where it ends. */
export function lengthPrefixed(bytes: Buffer): { bytes: Buffer; end: number } {
  const end = bytes.length < 4 ? Number.POSITIVE_INFINITY : 4 + bytes.readUInt32LE(0);
  if (end > bytes.length) throw new MalformedError("a page ends too early");
  return { bytes: bytes.subarray(4, end), end };
}

const flags = (next: Next<number>): Next => {
  return () => next() === 1;
};

/** Runs of one number, and bit-packed ones, as levels and places in a dictionary are written. */
export function hybrid(bytes: Buffer, width: number): Next<number> {
  if (width === 0) return () => 0;
  if (width > 32) throw new MalformedError(`numbers of ${width} bits`);
  const cursor = { at: 0 };
  let [repeated, value, packed, bit] = [0, 0, 0, 0];
  return () => {
    while (repeated === 0 && packed === 0) {
      const header = varint(bytes, cursor);
      if (header % 2 === 1) {
        packed = ((header - 1) / 2) * 8;
        bit = cursor.at * 8;
        cursor.at += (packed / 8) * width;
      } else {
        repeated = header / 2;
        value = bitsAt(bytes, cursor.at * 8, (width + 7) & ~7);
        cursor.at += (width + 7) >> 3;
      }
    }
    if (repeated > 0) {
      repeated--;
      return value;
    }
    packed--;
    bit += width;
    return bitsAt(bytes, bit - width, width);
  };
}

/** Whole numbers as steps from the one before, in blocks that share a least step. */
class DeltaInts {
  readonly #cursor: { at: number };
  readonly #perBlock: number;
  readonly #miniblocks: number;
  readonly #perMiniblock: number;
  /** How many it says it has. */
  readonly count: number;
  #value: bigint;
  #given = 0;
  #least = 0n;
  #widths: number[] = [];
  /** Left of the miniblock, and where its next step lies. */
  #left = 0;
  #bit = 0;
  #width = 0;

  constructor(
    private readonly bytes: Buffer,
    at: number,
    private readonly narrow: boolean,
  ) {
    this.#cursor = { at };
    this.#perBlock = varint(bytes, this.#cursor);
    this.#miniblocks = varint(bytes, this.#cursor);
    this.#perMiniblock = this.#perBlock / this.#miniblocks;
    this.count = varint(bytes, this.#cursor);
    this.#value = zigzag(bytes, this.#cursor);
    const sound = this.#miniblocks > 0 && this.#perMiniblock > 0 && this.#perMiniblock % 8 === 0;
    if (!sound || this.#perBlock > 1 << 30 || this.#miniblocks > 1 << 16) {
      throw new MalformedError(`a block of ${this.#perBlock} steps in ${this.#miniblocks} parts`);
    }
  }

  next = (): number | bigint => {
    if (this.#given >= this.count) throw new MalformedError("a page ends too early");
    if (this.#given++ > 0) this.#step();
    return this.narrow ? Number(BigInt.asIntN(32, this.#value)) : BigInt.asIntN(64, this.#value);
  };

  #step(): void {
    if (this.#left === 0) this.#nextMiniblock();
    this.#left--;
    const step = wideBitsAt(this.bytes, this.#bit, this.#width);
    this.#bit += this.#width;
    this.#value = BigInt.asIntN(64, this.#value + this.#least + step);
  }

  #nextMiniblock(): void {
    if (this.#widths.length === 0) {
      this.#least = zigzag(this.bytes, this.#cursor);
      const end = this.#cursor.at + this.#miniblocks;
      if (end > this.bytes.length) throw new MalformedError("a page ends too early");
      this.#widths = [...this.bytes.subarray(this.#cursor.at, end)];
      this.#cursor.at = end;
    }
    this.#width = this.#widths.shift()!;
    if (this.#width > 64) throw new MalformedError(`steps of ${this.#width} bits`);
    this.#left = this.#perMiniblock;
    this.#bit = this.#cursor.at * 8;
    this.#cursor.at += (this.#perMiniblock * this.#width) / 8;
  }

  /** Where what follows it begins. */
  end(): number {
    // The parts of the last block that hold no number are not there, only their widths.
    let left = this.count - 1;
    while (left > 0) {
      this.#nextMiniblock();
      left -= this.#perMiniblock;
    }
    return this.#cursor.at;
  }
}

function deltaLengths(bytes: Buffer, from: number): Next<Buffer> {
  const lengths = new DeltaInts(bytes, from, true);
  let at = new DeltaInts(bytes, from, true).end();
  return () => {
    const end = at + withinReason(Number(lengths.next()));
    const value = rawAt("BYTE_ARRAY", bytes, at, end) as Buffer;
    at = end;
    return value;
  };
}

/** Each value as the length of what it shares with the one before, and the rest. */
function deltaBytes(bytes: Buffer): Next<Buffer> {
  const prefixes = new DeltaInts(bytes, 0, true);
  const suffixes = deltaLengths(bytes, new DeltaInts(bytes, 0, true).end());
  let last: Buffer = Buffer.alloc(0);
  return () => {
    const shared = Number(prefixes.next());
    const rest = suffixes();
    if (shared < 0 || shared > last.length) throw new MalformedError("a text shares more than there is");
    withinReason(shared + rest.length);
    last = shared === 0 ? rest : Buffer.concat([last.subarray(0, shared), rest]);
    return last;
  };
}

/** The first bytes of all values, then the second ones, and so on. */
function splitStreams(type: PhysicalType, length: number, bytes: Buffer): Next {
  const width = widthOf(type, length);
  if (width === null || type === "INT96") throw new MalformedError(`values of the type ${type} in streams`);
  const count = Math.floor(bytes.length / width);
  let place = 0;
  return () => {
    if (place >= count) throw new MalformedError("a page ends too early");
    const whole = Buffer.alloc(width);
    for (let i = 0; i < width; i++) whole[i] = bytes[i * count + place]!;
    place++;
    return rawAt(type, whole, 0, width);
  };
}

function varint(bytes: Buffer, cursor: { at: number }): number {
  let value = 0;
  for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new MalformedError("a page ends too early");
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
  throw new MalformedError("a number has no end");
}

function zigzag(bytes: Buffer, cursor: { at: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new MalformedError("a page ends too early");
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
  throw new MalformedError("a number has no end");
}

/** `width` bits from a bit on, at most 48. */
function bitsAt(bytes: Buffer, bit: number, width: number): number {
  if (bit + width > bytes.length * 8) throw new MalformedError("a page ends too early");
  let value = 0;
  for (let got = 0; got < width; ) {
    const within = (bit + got) % 8;
    const take = Math.min(8 - within, width - got);
    value += ((bytes[Math.floor((bit + got) / 8)]! >> within) & ((1 << take) - 1)) * 2 ** got;
    got += take;
  }
  return value;
}

function wideBitsAt(bytes: Buffer, bit: number, width: number): bigint {
  if (width === 0) return 0n;
  if (width <= 48) return BigInt(bitsAt(bytes, bit, width));
  return BigInt(bitsAt(bytes, bit, 32)) | (BigInt(bitsAt(bytes, bit + 32, width - 32)) << 32n);
}
