import { createHash, randomUUID } from "node:crypto";
import { AsofError, SourceUnreadableError } from "../../errors/errors.js";
import { BrokenFileError, type ByteStore } from "../../storage/byte-store.js";
import { openStore } from "../../storage/open-store.js";

/** An object outside the database that has a content. */
export interface PlacedObject {
  sha256: string;
  /** Its address: of a store, and in it `artifacts/3f/3f2a…`. No part of it comes from a client. */
  place: string;
  size: number;
}

/** Below it, in every store. */
export const OBJECTS = "artifacts";
const PLACE = new RegExp(`^(.+)/(${OBJECTS}/[0-9a-f]{2}/[0-9a-f-]{36})$`, "s");

/** @param url checked by `storeUrlProblem` */
export const openArtifacts = (url: string): ByteStore =>
  openStore(
    url,
    "restore it from a backup of the store, or its bucket's former versions; asof doctor --artifacts lists all such files",
  );

/** No two contents ever have one path: what is removed late is never what was written since. */
export function newObject({ url }: ByteStore): string {
  const id = randomUUID();
  return `${url}/${OBJECTS}/${id.slice(0, 2)}/${id}`;
}

/** Whatever ARTIFACTS_URL is now: the address alone says where it is. */
export function objectAt(place: string): { store: ByteStore; path: string } {
  const [, url, path] = PLACE.exec(place) ?? [];
  if (url === undefined || path === undefined) throw new Error(`${place} is no address of an artifact`);
  return { store: openArtifacts(url), path };
}

/**
 * The bytes `start` to `end`, both included. What is read whole is hashed on the way, and its last piece kept back until
 * the hash is known: nobody takes other bytes for the file.
 * @throws {BrokenFileError} the object is not there, or not what was written
 * @throws {AsofError} its store cannot be reached
 */
export async function* readObject(
  { sha256, place, size }: PlacedObject,
  start: number,
  end: number,
): AsyncGenerator<Buffer, void, undefined> {
  if (end < start) return;
  const { store, path } = objectAt(place);
  const isWhole = start === 0 && end === size - 1;
  const hash = createHash("sha256");
  const reading = new AbortController();
  let at = start;
  let kept: Buffer | null = null;
  try {
    for await (const chunk of store.read(path, reading.signal, { from: start, bytes: size })) {
      const wanted = chunk.subarray(0, end + 1 - at);
      at += wanted.length;
      if (isWhole) hash.update(wanted);
      if (kept) yield kept;
      kept = wanted;
      if (at > end) break;
    }
    if (at <= end) throw new BrokenFileError(store, path, `ends at byte ${at} of ${size}`);
    if (isWhole && hash.digest("hex") !== sha256)
      throw new BrokenFileError(
        store,
        path,
        `has other bytes than were written: its SHA-256 is not ${sha256}`,
      );
  } catch (error) {
    throw inWords(sha256, error);
  } finally {
    reading.abort();
  }
  if (kept) yield kept;
}

/** Whether it is there with its length: none of it is read. @throws {AsofError} its store cannot be reached */
export async function isThere({ sha256, place, size }: PlacedObject): Promise<boolean> {
  const { store, path } = objectAt(place);
  const looking = new AbortController();
  try {
    const first = store.read(path, looking.signal, { from: size, bytes: size });
    for await (const _ of first) break;
    return true;
  } catch (error) {
    if (error instanceof BrokenFileError) return false;
    throw inWords(sha256, error);
  } finally {
    looking.abort();
  }
}

function inWords(sha256: string, error: unknown): unknown {
  if (error instanceof SourceUnreadableError)
    return new AsofError("SERVICE_UNAVAILABLE", `the bytes of the file ${sha256}: ${error.message}`);
  return error;
}
