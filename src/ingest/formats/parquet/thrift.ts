/** A file's metadata contradicts itself or ends too early. */
export class MalformedError extends Error {}

const BOOLEAN_TRUE = 1;
const BOOLEAN_FALSE = 2;
const MAX_DEPTH = 32;
/** Of bytes each type has, where that is fixed. */
const FIXED: Record<number, number> = { 3: 1, 7: 8, 13: 16 };

/** What reads one field's value; returning undefined leaves it unread, and it is skipped. */
type ReadField = (id: number, type: number) => unknown;

/**
 * Thrift's compact protocol, read field by field into what the caller asks for: what nobody asks for is skipped and
 * never built, so that a few bytes cannot claim memory. Every length is held against the bytes that are left.
 */
export class ThriftReader {
  #depth = 0;

  constructor(
    private readonly bytes: Buffer,
    public offset = 0,
  ) {}

  /** @param read called for each field in turn; one it answers `undefined` for must be unread, and is skipped */
  struct(read: ReadField): void {
    this.#enter();
    for (let id = 0; ; ) {
      const byte = this.#byte();
      const type = byte & 0x0f;
      if (type === 0) break;
      id = byte >> 4 ? id + (byte >> 4) : Number(this.int());
      const before = this.offset;
      if (type === BOOLEAN_TRUE || type === BOOLEAN_FALSE) read(id, type);
      else if (read(id, type) === undefined && this.offset === before) this.#skip(type);
    }
    this.#depth--;
  }

  list<T>(element: () => T, most: number, what: string): T[] {
    const { size } = this.#listHeader();
    if (size > most) throw new MalformedError(`it has ${size} ${what}; at most ${most} are read`);
    const values: T[] = [];
    for (let i = 0; i < size; i++) values.push(element());
    return values;
  }

  /** Of 16, 32 or 64 bits, signed. */
  int(): bigint {
    const zigzag = this.#varint();
    return BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n));
  }

  /** @throws {MalformedError} beyond what a number holds exactly */
  number(): number {
    const value = Number(this.int());
    if (!Number.isSafeInteger(value)) throw new MalformedError(`${value} is no size or place in a file`);
    return value;
  }

  byte(): number {
    return this.#byte();
  }

  binary(): Buffer {
    const length = Number(this.#varint());
    if (length > this.bytes.length - this.offset) throw new MalformedError("a text ends too early");
    const found = this.bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return found;
  }

  text(): string {
    return this.binary().toString();
  }

  #listHeader(): { size: number; type: number } {
    const byte = this.#byte();
    const size = byte >> 4 === 15 ? Number(this.#varint()) : byte >> 4;
    if (size > this.bytes.length - this.offset) throw new MalformedError("a list ends too early");
    return { size, type: byte & 0x0f };
  }

  #skip(type: number): void {
    if (FIXED[type] !== undefined) this.#advance(FIXED[type]);
    else if (type >= 4 && type <= 6) this.#varint();
    else if (type === 8) this.binary();
    else if (type === 9 || type === 10) {
      const { size, type: element } = this.#listHeader();
      this.#enter();
      const oneByte = element === BOOLEAN_TRUE || element === BOOLEAN_FALSE;
      for (let i = 0; i < size; i++) {
        if (oneByte) this.#byte();
        else this.#skip(element);
      }
      this.#depth--;
    } else if (type === 12) this.struct(() => undefined);
    else throw new MalformedError(`it has a value of the unknown kind ${type}`);
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new MalformedError("its metadata is nested too deeply");
  }

  #advance(bytes: number): void {
    if (bytes > this.bytes.length - this.offset) throw new MalformedError("a value ends too early");
    this.offset += bytes;
  }

  #byte(): number {
    const byte = this.bytes[this.offset++];
    if (byte === undefined) throw new MalformedError("it ends too early");
    return byte;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedError("a number has no end");
  }
}
