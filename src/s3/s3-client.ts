import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { S3Environment } from "./s3-environment.js";
import { mayPass, S3AnswerError, S3ChangedError, S3ConnectionError } from "./s3-errors.js";
import { readListPage, type S3Object } from "./s3-listing.js";
import { abandonParts, PART_BYTES, putInParts, type S3Answer } from "./s3-parts.js";
import { chunksOf, requestS3, type S3Body, type S3Request } from "./s3-request.js";

/** An object as it was when it was listed: never another one under the same key. */
export interface PinnedObject {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
}

export interface S3Limits {
  /** Until an answer begins, and for each part of its body. */
  readonly deadlineMs: number;
  /** Of one request, one after another without progress. */
  readonly attempts: number;
  /** Before the second attempt; twice as much before each further one. */
  readonly pauseMs: number;
}

export const S3_LIMITS: S3Limits = { deadlineMs: 30_000, attempts: 5, pauseMs: 250 };
const LONGEST_PAUSE_MS = 5_000;
/** A body that was read so far counts its failures anew: a slow line is no broken one. */
const PROGRESS_BYTES = 1 << 20;
const MOST_PAGE_BYTES = 16 << 20;
/** A million keys. */
const MOST_PAGES = 1_000;

/** Reads and writes an S3-compatible server: listings, pinned objects, whole files. Nothing is held but a page, or a chunk. */
export class S3Client {
  constructor(
    private readonly environment: S3Environment,
    private readonly limits: S3Limits = S3_LIMITS,
  ) {}

  /**
   * Every object whose key begins with the prefix, page by page, in the order of keys.
   * @throws {S3ChangedError} the pages contradict each other
   */
  async *list(
    bucket: string,
    prefix: string,
    signal: AbortSignal,
    mostPages = MOST_PAGES,
  ): AsyncGenerator<S3Object> {
    let token: string | null = null;
    let last = "";
    for (let page = 0; page < mostPages; page++) {
      const query = {
        ...{ "list-type": "2", "encoding-type": "url", prefix },
        ...(token === null ? {} : { "continuation-token": token }),
      };
      const { text: xml } = await this.#again(signal, () => this.#answer({ bucket, key: "", query }, signal));
      const { objects, next } = readListPage(xml);
      for (const object of objects) {
        if (!object.key.startsWith(prefix) || compareBytes(object.key, last) <= 0)
          throw new S3ChangedError("the listing is not in the order of its keys");
        last = object.key;
        yield object;
      }
      if (next === null) return;
      if (next === token) throw new S3ChangedError("the listing does not go on");
      token = next;
    }
    throw new S3AnswerError(200, `with more than ${mostPages} pages of keys; choose a narrower prefix`);
  }

  /**
   * The object's bytes. Where a connection fails, it goes on behind the last byte that came.
   * @param from the first byte
   * @throws {S3ChangedError} it is no longer the object that was pinned; {S3AnswerError}; {S3ConnectionError}
   */
  async *read(object: PinnedObject, signal: AbortSignal, from = 0): AsyncGenerator<Buffer> {
    let offset = from;
    let counted = from;
    let failures = 0;
    while (offset < object.bytes) {
      try {
        for await (const chunk of this.#from(object, offset, signal)) {
          offset += chunk.length;
          if (offset > object.bytes) throw new S3ChangedError("it is longer than it was listed");
          yield chunk;
        }
        if (offset < object.bytes) throw new S3ConnectionError("ended before the object did");
      } catch (error) {
        signal.throwIfAborted();
        if (offset - counted >= PROGRESS_BYTES) [failures, counted] = [0, offset];
        await this.#pause(++failures, error, signal);
      }
    }
  }

  /** Nobody sees half of it: an object is there, or as it was before, until all of its bytes have come. */
  async put(bucket: string, key: string, body: S3Body, signal: AbortSignal): Promise<void> {
    if (body.bytes > PART_BYTES)
      return putInParts((request) => this.#send(request, signal), bucket, key, body);
    await this.#send({ method: "PUT", bucket, key, body }, signal);
  }

  /** One that is not there is no error. */
  async remove(bucket: string, key: string, signal: AbortSignal): Promise<void> {
    await this.#send({ method: "DELETE", bucket, key }, signal);
  }

  /** Lets go of the parts of an object that was never finished. */
  abandon(bucket: string, key: string, signal: AbortSignal): Promise<void> {
    return abandonParts((request) => this.#send(request, signal), bucket, key);
  }

  #send(request: S3Request, signal: AbortSignal): Promise<S3Answer> {
    return this.#again(signal, () => this.#answer(request, signal));
  }

  async *#from(object: PinnedObject, offset: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { bucket, key, etag, bytes } = object;
    const headers = { "if-match": etag, ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) };
    const response = await this.#get({ bucket, key, headers }, signal);
    // A server may know neither If-Match nor Range.
    let before = response.statusCode === 206 ? 0 : offset;
    const length = Number(response.headers["content-length"] ?? Number.NaN);
    const isSame = sameEtag(response.headers.etag ?? etag, etag);
    if (!isSame || (!Number.isNaN(length) && length !== bytes - offset + before)) {
      response.destroy();
      throw new S3ChangedError("its ETag or length is another one");
    }
    for await (const chunk of chunksOf(response, this.limits.deadlineMs, signal)) {
      const skipped = Math.min(before, chunk.length);
      before -= skipped;
      if (skipped < chunk.length) yield chunk.subarray(skipped);
    }
  }

  async #answer(request: S3Request, signal: AbortSignal): Promise<S3Answer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const response = await this.#get(request, signal);
    for await (const chunk of chunksOf(response, this.limits.deadlineMs, signal)) {
      bytes += chunk.length;
      if (bytes > MOST_PAGE_BYTES) throw new S3AnswerError(200, "with a page that does not end");
      chunks.push(chunk);
    }
    return { text: Buffer.concat(chunks).toString("utf8"), etag: response.headers.etag ?? null };
  }

  #get(get: S3Request, signal: AbortSignal): Promise<IncomingMessage> {
    return requestS3(get, this.environment, this.limits.deadlineMs, signal);
  }

  async #again<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; ) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        await this.#pause(++failures, error, signal);
      }
    }
  }

  /** @throws what failed, where another attempt would not help, or there were enough */
  async #pause(failures: number, error: unknown, signal: AbortSignal): Promise<void> {
    if (!mayPass(error) || failures >= this.limits.attempts) throw error;
    const pause = Math.min(LONGEST_PAUSE_MS, this.limits.pauseMs * 2 ** (failures - 1));
    await delay(pause * (0.5 + Math.random() / 2), undefined, { signal });
  }
}

/** Keys are sorted as UTF-8. */
const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const sameEtag = (a: string, b: string): boolean => plainEtag(a) === plainEtag(b);
const plainEtag = (etag: string): string => etag.replace(/^W\/|"/g, "");
