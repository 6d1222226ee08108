import { Readable } from "node:stream";
import { extract, pack } from "tar-stream";
import { DamagedArchiveError } from "../../errors/archive-errors.js";

/** A file of an archive. */
export interface Member {
  name: string;
  bytes: Uint8Array;
}

const BLOCK = 512;
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
  for await (const chunk of packed) yield chunk as Buffer;
}

/**
 * The members of an archive, in their order. It is not compressed, so that nothing in it takes more memory than it does.
 * @throws {DamagedArchiveError} it is no tar, is cut off or goes on behind its end, or has a member that is no file, is there twice
 *   or lies elsewhere
 */
export async function readTar(bytes: Buffer): Promise<Member[]> {
  const members: Member[] = [];
  const names = new Set<string>();
  const reading = extract();
  const fed = Readable.from([bytes], { objectMode: false }).pipe(reading);
  try {
    for await (const entry of fed) {
      const { name, type, size } = entry.header;
      if (type !== "file") throw new DamagedArchiveError(`${shown(name)} is a ${type}, no file`);
      if (name.length > 200 || !NAME.test(name))
        throw new DamagedArchiveError(`${shown(name)} is no name of a member`);
      if (names.has(name)) throw new DamagedArchiveError(`${shown(name)} is there twice`);
      if (names.size === MOST_MEMBERS)
        throw new DamagedArchiveError(`it has more than ${MOST_MEMBERS} members`);
      names.add(name);
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      const whole = Buffer.concat(chunks);
      if (whole.byteLength !== size) throw new DamagedArchiveError(`${shown(name)} is cut off`);
      members.push({ name, bytes: whole });
    }
  } catch (error) {
    if (error instanceof DamagedArchiveError) throw error;
    throw new DamagedArchiveError(`it cannot be read as tar: ${(error as Error).message.slice(0, 200)}`);
  }
  const length = tarLength(members);
  if (bytes.byteLength === length) return members;
  throw new DamagedArchiveError(`it has ${bytes.byteLength} bytes, its members and their end take ${length}`);
}

/** How long the archive of these is. Each has a header, its bytes and what fills their last block; two empty blocks are the end. */
export const tarLength = (members: readonly Member[]): number =>
  members.reduce((sum, { bytes }) => sum + BLOCK * (1 + Math.ceil(bytes.byteLength / BLOCK)), 2 * BLOCK);

const EPOCH = new Date(0);
const shown = (name: string): string => JSON.stringify(name.slice(0, 100));
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
