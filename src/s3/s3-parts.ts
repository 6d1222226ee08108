import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { S3AnswerError } from "./s3-errors.js";
import { textOf } from "./s3-listing.js";
import type { S3Body, S3Request } from "./s3-request.js";

/** The answer to a request that brings no object. */
export interface S3Answer {
  readonly text: string;
  readonly etag: string | null;
}

/** A signed request, as often as it takes. */
type Send = (request: S3Request) => Promise<S3Answer>;

/** What has more bytes is sent in parts of so many: S3 takes 5 GiB in one request, and a failure costs one part. */
export const PART_BYTES = 64 << 20;
/** S3 takes no more parts of one object. */
const MOST_PARTS = 10_000;

/**
 * An object of any size, part by part, each read twice: to be hashed, and to be sent. Until the last request nobody sees it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
export async function putInParts(send: Send, bucket: string, key: string, body: S3Body): Promise<void> {
  const begun = await send({ method: "POST", bucket, key, query: { uploads: "" } });
  const uploadId = textOf(begun.text, "UploadId");
  if (!uploadId) throw new S3AnswerError(200, "without the id of an upload");
  try {
    const size = Math.max(PART_BYTES, Math.ceil(body.bytes / MOST_PARTS));
    const parts: string[] = [];
    for (let from = 0; from < body.bytes; from += size) {
      const number = parts.length + 1;
      const part = await partOf(body, from, Math.min(from + size, body.bytes));
      const query = { partNumber: String(number), uploadId };
      const { etag } = await send({ method: "PUT", bucket, key, query, body: part });
      if (etag === null) throw new S3AnswerError(200, "without the ETag of a part");
      parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`);
    }
    const list = bodyOf(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
    const ended = await send({ method: "POST", bucket, key, query: { uploadId }, body: list });
    // It says 200 before it knows.
    const code = textOf(ended.text, "Code");
    if (code !== null) throw new S3AnswerError(500, code);
  } catch (error) {
    await send({ method: "DELETE", bucket, key, query: { uploadId } }).catch(() => {});
    throw error;
  }
}

/** Deletes the parts of uploads of the key that were cut off: no listing of objects shows them. */
export async function abandonParts(send: Send, bucket: string, key: string): Promise<void> {
  const { text } = await send({ bucket, key: "", query: { uploads: "", prefix: key } });
  for (const [, upload] of text.matchAll(/<Upload>([\s\S]*?)<\/Upload>/g)) {
    const uploadId = textOf(upload!, "UploadId");
    if (uploadId !== null && textOf(upload!, "Key") === key)
      await send({ method: "DELETE", bucket, key, query: { uploadId } });
  }
}

async function partOf(body: S3Body, from: number, to: number): Promise<S3Body> {
  const hash = createHash("sha256");
  for await (const chunk of body.read(from, to - 1)) hash.update(chunk as Buffer);
  return {
    bytes: to - from,
    sha256: hash.digest("hex"),
    read: (start = 0, end = to - from - 1) => body.read(from + start, from + end),
  };
}

function bodyOf(text: string): S3Body {
  const bytes = Buffer.from(text);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { bytes: bytes.length, sha256, read: () => Readable.from([bytes]) };
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
