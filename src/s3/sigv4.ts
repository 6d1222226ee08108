import { createHash, createHmac } from "node:crypto";

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

interface Unsigned {
  /** With its port where that is not the protocol's. */
  readonly host: string;
  /** Encoded by `encodePath`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly region: string;
  readonly at: Date;
  /** GET unless given. */
  readonly method?: S3Method;
  /** Of the body, in hex; that of none unless given. */
  readonly bodySha256?: string;
}

export type S3Method = "GET" | "PUT" | "POST" | "DELETE";

const SHA256_OF_NOTHING = createHash("sha256").digest("hex");
const ALGORITHM = "AWS4-HMAC-SHA256";

/**
 * The headers that sign a request, by AWS Signature Version 4 as S3 takes it: the path is encoded once.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signedHeaders(request: Unsigned, credentials: S3Credentials): Record<string, string> {
  const { host, path, query, region, at, method = "GET", bodySha256 = SHA256_OF_NOTHING } = request;
  const timestamp = `${at.toISOString().replace(/[-:]|\.\d+/g, "")}`;
  const headers: Record<string, string> = {
    host,
    "x-amz-content-sha256": bodySha256,
    "x-amz-date": timestamp,
    ...(credentials.sessionToken === null ? {} : { "x-amz-security-token": credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    ...[method, path, encodeQuery(query)],
    ...names.map((name) => `${name}:${headers[name]}`),
    ...["", names.join(";"), bodySha256],
  ].join("\n");
  const date = timestamp.slice(0, 8);
  const scope = `${date}/${region}/s3/aws4_request`;
  const toSign = [ALGORITHM, timestamp, scope, createHash("sha256").update(canonical).digest("hex")].join(
    "\n",
  );
  const key = [date, region, "s3", "aws4_request"].reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  const by = `Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}`;
  return { ...headers, authorization: `${ALGORITHM} ${by}, Signature=${signature}` };
}

/** As S3 signs it: everything but unreserved characters, in upper case. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export const encodePath = (path: string): string => path.split("/").map(encode).join("/");

export const encodeQuery = (query: Readonly<Record<string, string>>): string =>
  Object.keys(query)
    .sort()
    .map((name) => `${encode(name)}=${encode(query[name]!)}`)
    .join("&");
