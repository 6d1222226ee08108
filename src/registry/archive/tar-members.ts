import { Readable } from "node:stream";
import { type Entry, type Extract, extract, pack } from "tar-stream";
import { DamagedArchiveError } from "../../errors/archive-errors.js";
import { FileTooLargeError } from "../../errors/file-too-large.js";

/** A file of an archive. */
export interface Member {
  name: string;
  bytes: Uint8Array;
}

const BLOCK = 512;
const PART = 1 << 16;
/** More than a version has: what holds them all has a bound. */
const MOST_MEMBERS = 102;
/** No folder leads out of the archive, and nothing is hidden. */
const NAME = /^(?!.*(^|\/)\.)[\w.-]+(\/[\w.-]+)*$/;

/** The archive as tar: the same members in the same order are the same bytes, on any machine at any time. */
export async function* tarOf(members: readonly Member[]): AsyncGenerator<Buffer, void, undefined> {
  const packed = pack();
  for (const { name, bytes } of members)
    packed.entry({ name, mode: 0o644, mtime: EPOCH, uid: 0, gid: 0 }, asBuffer(bytes));
  packed.finalize();
  for await (const chunk of packed) {
    const bytes = chunk as Buffer;
    // A member is one chunk: handed on in parts, it is seen how fast they are taken.
    for (let at = 0; at < bytes.byteLength; at += PART) yield bytes.subarray(at, at + PART);
  }
}

/** The bytes of a file, as they come. */
export type Chunks = AsyncIterable<Uint8Array> | readonly Uint8Array[];

/**
 * The members of an archive, in their order. It is not compressed, so that nothing in it takes more memory than it does: each member
 * is there once, beside a chunk of the file.
 * @param most bytes that are read; of a longer file nothing is kept
 * @throws {DamagedArchiveError} it is no tar, is cut off or goes on behind its end, or has a member that is no file, is there twice
 *   or lies elsewhere
 * @throws {FileTooLargeError} @throws what the chunks throw
 */
export async function readTar(chunks: Chunks, most: number): Promise<Member[]> {
  let length = 0;
  const counted = async function* () {
    for await (const chunk of chunks) {
      length += chunk.byteLength;
      if (length > most) throw new FileTooLargeError("the archive", length, most);
      yield chunk;
    }
  };
  const reading = extract();
  const source = Readable.from(counted(), { objectMode: false });
  let broken: Error | null = null;
  source.once("error", (error) => {
    broken = error;
    reading.destroy(error);
  });
  source.pipe(reading);
  const members = await membersOf(reading, most)
    .catch((error: Error) => {
      if (broken || error instanceof DamagedArchiveError || error instanceof FileTooLargeError)
        throw broken ?? error;
      throw new DamagedArchiveError(`it cannot be read as tar: ${error.message.slice(0, 200)}`);
    })
    .finally(() => source.destroy());
  const expected = tarLength(members);
  if (length === expected) return members;
  throw new DamagedArchiveError(`it has ${length} bytes, its members and their end take ${expected}`);
}

async function membersOf(entries: Extract, most: number): Promise<Member[]> {
  const members = new Map<string, Uint8Array>();
  let held = 0;
  for await (const entry of entries) {
    const { name, type, size = 0 } = entry.header;
    if (type !== "file") throw new DamagedArchiveError(`${shown(name)} is a ${type}, no file`);
    if (name.length > 200 || !NAME.test(name))
      throw new DamagedArchiveError(`${shown(name)} is no name of a member`);
    if (members.has(name)) throw new DamagedArchiveError(`${shown(name)} is there twice`);
    if (members.size === MOST_MEMBERS)
      throw new DamagedArchiveError(`it has more than ${MOST_MEMBERS} members`);
    held += size;
    if (!(held <= most)) throw new FileTooLargeError("the archive", held, most);
    members.set(name, await wholeOf(entry, size, name));
  }
  return [...members].map(([name, bytes]) => ({ name, bytes }));
}

/** Each chunk is copied to its place, and none is kept. */
async function wholeOf(entry: Entry, size: number, name: string): Promise<Uint8Array> {
  const whole = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const chunk of entry) filled += (chunk as Buffer).copy(whole, filled);
  if (filled === size) return whole;
  throw new DamagedArchiveError(`${shown(name)} is cut off`);
}

/** How long the archive of these is. Each has a header, its bytes and what fills their last block; two empty blocks are the end. */
export const tarLength = (members: readonly Member[]): number =>
  members.reduce((sum, { bytes }) => sum + BLOCK * (1 + Math.ceil(bytes.byteLength / BLOCK)), 2 * BLOCK);

const EPOCH = new Date(0);
const shown = (name: string): string => JSON.stringify(name.slice(0, 100));
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
