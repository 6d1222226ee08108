/** POSIX ustar, as much as a PostgreSQL data folder needs: folders and files with short names. */
export interface TarEntry {
  /** Relative, with `/`. */
  name: string;
  folder: boolean;
  /** 0 of a folder. */
  bytes: number;
}

const BLOCK = 512;
const NAME_BYTES = 100;

/** The two empty blocks that end an archive. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * BLOCK);

/** Zeros up to the next block. */
export const tarPadding = (bytes: number): Buffer => Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);

/** @throws {Error} the name is too long for it */
export function tarHeader({ name, folder, bytes }: TarEntry): Buffer {
  const full = folder ? `${name}/` : name;
  if (Buffer.byteLength(full) > NAME_BYTES) throw new Error(`${name} is too long a name for the archive`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  header.write(full, 0, "utf8");
  octal(folder ? 0o700 : 0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(0, 136, 12);
  header.write("        ", 148, "latin1"); // its own checksum counts as spaces
  header.write(folder ? "5" : "0", 156, "latin1");
  header.write("ustar\0" + "00", 257, "latin1");
  octal(checksum(header), 148, 7);
  return header;
}

const checksum = (header: Buffer): number => header.reduce((sum, byte) => sum + byte, 0);

/**
 * Calls `onEntry` for each entry in turn; it reads `content` to its end, or not at all.
 * @throws {Error} it is no such archive, is cut off, or names a place outside of its folder
 */
export async function readTar(
  source: AsyncIterable<Buffer>,
  onEntry: (entry: TarEntry, content: AsyncGenerator<Buffer>) => Promise<void>,
): Promise<void> {
  const reader = new BlockReader(source);
  for (;;) {
    const header = await reader.exactly(BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const entry = parseHeader(header);
    const content = reader.pieces(entry.bytes);
    await onEntry(entry, content);
    for await (const _ of content); // what was left unread
    await reader.exactly(tarPadding(entry.bytes).length);
  }
  // The checksum of what it was packed with is behind the end.
  await reader.drain();
}

function parseHeader(header: Buffer): TarEntry {
  const text = (at: number, length: number) =>
    header
      .subarray(at, at + length)
      .toString("utf8")
      .split("\0")[0]!;
  const given = Number.parseInt(text(148, 8), 8);
  const sum = checksum(header) - checksum(header.subarray(148, 156)) + 8 * 32;
  if (text(257, 5) !== "ustar" || given !== sum) throw new Error("it is no archive of asof's");
  const type = text(156, 1);
  const name = text(0, NAME_BYTES).replace(/\/$/, "");
  if ((type !== "0" && type !== "5") || !/^[\w.-]+(\/[\w.-]+)*$/.test(name) || /(^|\/)\.\.(\/|$)/.test(name))
    throw new Error(`it holds ${JSON.stringify(name)}, which no backup has`);
  return { name, folder: type === "5", bytes: Number.parseInt(text(124, 12), 8) };
}

class BlockReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async exactly(bytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const piece of this.pieces(bytes)) parts.push(piece);
    return Buffer.concat(parts);
  }

  async *pieces(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.#rest.length === 0) await this.#more();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async drain(): Promise<void> {
    while (!(await this.#source.next()).done);
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (done) throw new Error("it is cut off");
    this.#rest = value;
  }
}
