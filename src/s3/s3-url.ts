/** A bucket, and what the keys in it begin with: empty, or with its last slash. */
export interface S3Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** `s3://bucket/some/prefix`; null where it is none. */
export function readS3Url(url: string): S3Place | null {
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(url);
  if (!found || /[?#\0]/.test(url) || found[1]!.includes("..")) return null;
  const path = (found[2] ?? "").replace(/^\/+|\/+$/g, "");
  return { bucket: found[1]!, prefix: path === "" ? "" : `${path}/` };
}

export const s3Url = (bucket: string, key: string): string => `s3://${bucket}/${key}`;
