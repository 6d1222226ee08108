import { S3AnswerError } from "./s3-errors.js";

export interface S3Object {
  readonly key: string;
  /** Quoted, as servers write and compare it. */
  readonly etag: string;
  readonly bytes: number;
  readonly modifiedAt: Date | null;
}

export interface S3ListPage {
  readonly objects: readonly S3Object[];
  /** What asks for the next page; null: this is the last one. */
  readonly next: string | null;
}

/**
 * One page of ListObjectsV2. The answer is flat, and its texts are asked for in URL encoding: no other XML is read.
 * @throws {S3AnswerError} it is not such a page
 */
export function readListPage(xml: string): S3ListPage {
  if (!/<ListBucketResult[\s>]/.test(xml) || !xml.includes("</ListBucketResult>"))
    throw new S3AnswerError(200, "without a listing");
  const encoded = textOf(xml, "EncodingType") === "url";
  const objects = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, body]): S3Object => {
    const [key, etag, bytes] = [textOf(body!, "Key"), textOf(body!, "ETag"), Number(textOf(body!, "Size"))];
    if (key === null || etag === null || !Number.isSafeInteger(bytes) || bytes < 0)
      throw new S3AnswerError(200, "with an object without key, size or ETag");
    const modifiedAt = new Date(textOf(body!, "LastModified") ?? Number.NaN);
    return {
      key: encoded ? decodeUrl(key) : key,
      ...{ etag, bytes, modifiedAt: Number.isNaN(modifiedAt.getTime()) ? null : modifiedAt },
    };
  });
  const next = textOf(xml, "NextContinuationToken");
  if (textOf(xml, "IsTruncated") === "true" && !next)
    throw new S3AnswerError(200, "with a listing that goes on nowhere");
  return { objects, next: textOf(xml, "IsTruncated") === "true" ? next : null };
}

export function textOf(xml: string, tag: string): string | null {
  const start = xml.indexOf(`<${tag}>`);
  const end = start < 0 ? -1 : xml.indexOf(`</${tag}>`, start);
  return end < 0 ? null : unescaped(xml.slice(start + tag.length + 2, end));
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const unescaped = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));/g, (whole, decimal, hex, name) => {
    if (name) return ENTITIES[name] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new S3AnswerError(200, "with a key that is no text");
  }
}
