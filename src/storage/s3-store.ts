import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { S3Client } from "../s3/s3-client.js";
import { readS3Environment } from "../s3/s3-environment.js";
import { unreadable } from "../s3/s3-errors.js";
import { readS3Url, type S3Place, s3Url } from "../s3/s3-url.js";
import {
  BrokenFileError,
  type ByteStore,
  type FilePart,
  otherLength,
  type StoredBody,
  type StoreKind,
  type WrittenFile,
} from "./byte-store.js";
import { Spool } from "./spool.js";

/** `s3://bucket/prefix`, on AWS or any server that speaks its protocol. */
export const s3Store: StoreKind = {
  schemes: ["s3"],
  problem: (url) => (readS3Url(url) ? null : "must be s3://bucket or s3://bucket/prefix"),
  open: (url, remedy) => new S3Store(readS3Url(url)!, remedy),
};

/** What failed here is a step of a run, a request, or work that is done again by itself. */
const AGAIN = "try again";

/** A hundred million files: a store has what this program wrote, and all of it is looked through. */
const MOST_PAGES = 100_000;

const client = () => new S3Client(readS3Environment(process.env));

class S3Store implements ByteStore {
  readonly url: string;

  constructor(
    private readonly place: S3Place,
    readonly remedy: string,
  ) {
    this.url = s3Url(place.bucket, place.prefix).replace(/\/$/, "");
  }

  async begin(_by: string, signal: AbortSignal) {
    // On this machine first: S3 wants to know how long it is and what it hashes to before it comes.
    const spool = await Spool.begin(join(tmpdir(), "asof-lake"));
    await spool.unname();
    return {
      write: (bytes: Uint8Array) => spool.write(bytes),
      abort: () => spool.discard(),
      finish: async (pathOf: (sha256: string) => string) => {
        const { bytes, sha256 } = await spool.end();
        const path = pathOf(sha256);
        await this.put(path, { bytes, sha256, read: (start, end) => spool.reader(start, end) }, signal);
        await spool.discard();
        return { path, bytes, sha256 };
      },
    };
  }

  put(path: string, body: StoredBody, signal: AbortSignal): Promise<void> {
    return this.#inWords(path, "s3:PutObject and s3:AbortMultipartUpload on its objects", (key) =>
      client().put(this.place.bucket, key, body, signal),
    );
  }

  async *read(path: string, signal: AbortSignal, part?: FilePart): AsyncGenerator<Buffer> {
    const { bucket, prefix } = this.place;
    const key = `${prefix}${path}`;
    try {
      for await (const object of client().list(bucket, key, signal)) {
        if (object.key !== key) continue;
        if (part && object.bytes !== part.bytes) throw otherLength(this, path, object.bytes, part.bytes);
        yield* client().read({ bucket, ...object }, signal, part?.from);
        return;
      }
    } catch (error) {
      throw unreadable(s3Url(bucket, key), error, AGAIN);
    }
    throw new BrokenFileError(this, path, "is not there");
  }

  async *list(below: string, signal: AbortSignal): AsyncGenerator<{ path: string; bytes: number }> {
    const { bucket, prefix } = this.place;
    try {
      for await (const { key, bytes } of client().list(bucket, `${prefix}${below}`, signal, MOST_PAGES))
        yield { path: key.slice(prefix.length), bytes };
    } catch (error) {
      throw unreadable(this.url, error, AGAIN);
    }
  }

  remove(path: string, signal: AbortSignal): Promise<void> {
    return this.#inWords(path, "s3:DeleteObject on its objects", (key) =>
      client().remove(this.place.bucket, key, signal),
    );
  }

  async discard(path: string, signal: AbortSignal): Promise<void> {
    const rights = "s3:ListBucketMultipartUploads on the bucket and s3:AbortMultipartUpload on its objects";
    await this.#inWords(path, rights, (key) => client().abandon(this.place.bucket, key, signal));
    await this.remove(path, signal);
  }

  async local(
    file: Pick<WrittenFile, "path" | "sha256">,
    into: string,
    signal: AbortSignal,
  ): Promise<string> {
    const path = join(into, `${file.sha256}.parquet`);
    const hash = createHash("sha256");
    const hashed = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    };
    await pipeline(hashed(this.read(file.path, signal)), createWriteStream(path), { signal });
    if (hash.digest("hex") === file.sha256) return path;
    throw new BrokenFileError(this, file.path, "is not what was written there: its SHA-256 differs");
  }

  async #inWords(path: string, rights: string, work: (key: string) => Promise<void>): Promise<void> {
    const key = `${this.place.prefix}${path}`;
    try {
      await work(key);
    } catch (error) {
      throw unreadable(s3Url(this.place.bucket, key), error, AGAIN, rights);
    }
  }
}
