import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { pipeline, type Readable } from "node:stream";
import type { S3Environment } from "./s3-environment.js";
import { S3AnswerError, S3ConnectionError } from "./s3-errors.js";
import { encodePath, encodeQuery, type S3Method, signedHeaders } from "./sigv4.js";

/** What a request carries. */
export interface S3Body {
  readonly bytes: number;
  /** In hex: the server refuses other bytes. */
  readonly sha256: string;
  /** As often as it is asked for. @param start the first byte; absent: that of all @param end the last one, included */
  read(start?: number, end?: number): Readable;
}

export interface S3Request {
  /** GET unless given. */
  readonly method?: S3Method;
  readonly body?: S3Body;
  readonly bucket: string;
  /** Empty: the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Beside those that sign it. */
  readonly headers?: Readonly<Record<string, string>>;
}

const agents = {
  "http:": new HttpAgent({ keepAlive: true, maxSockets: 32 }),
  "https:": new HttpsAgent({ keepAlive: true, maxSockets: 32 }),
};
/** An error's code stands near its beginning. */
const MOST_ERROR_BYTES = 1 << 16;

/**
 * One signed request. The answer's body is as it is stored: `node:http` unpacks nothing.
 * @param deadlineMs until the headers of the answer have come
 * @throws {S3AnswerError} any status but 2xx; {S3ConnectionError}
 */
export async function requestS3(
  { bucket, key, method = "GET", body, query = {}, headers = {} }: S3Request,
  { credentials, region, endpoint }: S3Environment,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { base, path } = addressOf(bucket, key, region, endpoint);
  const signed = signedHeaders(
    { host: base.host, path, query, region, method, bodySha256: body?.sha256, at: new Date() },
    credentials,
  );
  const search = encodeQuery(query);
  const secure = base.protocol === "https:";
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (secure ? requestHttps : requestHttp)({
      ...{ protocol: base.protocol, hostname: base.hostname.replace(/^\[|\]$/g, ""), port: base.port },
      path: search === "" ? path : `${path}?${search}`,
      method,
      headers: { ...signed, ...headers, ...(body && { "content-length": String(body.bytes) }) },
      agent: agents[secure ? "https:" : "http:"],
      signal,
    });
    const silent = () => request.destroy(new S3ConnectionError(`gave no answer in ${deadlineMs / 1000} s`));
    const late = setTimeout(silent, deadlineMs);
    request
      .once("response", resolve)
      .once("error", reject)
      .once("close", () => clearTimeout(late));
    request.once("response", () => clearTimeout(late));
    if (!body) request.end();
    // While bytes go out it is not silent.
    else
      pipeline(
        body.read().on("data", () => late.refresh()),
        request,
        (error) => error && reject(error),
      );
  }).catch((error: unknown) => {
    throw connectionError(error, signal);
  });
  const { statusCode: status = 0 } = response;
  if (status >= 200 && status < 300) return response;
  const code = await errorCode(response, deadlineMs, signal);
  const elsewhere = response.headers["x-amz-bucket-region"];
  throw new S3AnswerError(status, code, typeof elsewhere === "string" ? elsewhere.slice(0, 40) : null);
}

/** AWS has a host for each bucket; other servers, and names with dots, which no certificate covers, a path. */
function addressOf(bucket: string, key: string, region: string, endpoint: URL | null) {
  const inPath = endpoint !== null || bucket.includes(".");
  const host = `${inPath ? "" : `${bucket}.`}s3.${region}.amazonaws.com`;
  const base = endpoint ?? new URL(`https://${host}`);
  const folder = base.pathname.replace(/\/+$/, "");
  return { base, path: encodePath(`${folder}/${inPath ? `${bucket}/` : ""}${key}`) };
}

/**
 * The chunks of an answer.
 * @param deadlineMs for each of them; while nobody takes chunks it does not run
 * @throws {S3ConnectionError} the body ended early, or nothing came
 */
export async function* chunksOf(
  response: IncomingMessage,
  deadlineMs: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const late = setTimeout(
        () => response.destroy(new S3ConnectionError(`brought nothing for ${deadlineMs / 1000} s`)),
        deadlineMs,
      );
      const next = await chunks.next().finally(() => clearTimeout(late));
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    throw connectionError(error, signal);
  } finally {
    response.destroy();
  }
}

function connectionError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof S3ConnectionError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new S3ConnectionError(`failed (${code ?? message})`);
}

async function errorCode(response: IncomingMessage, deadlineMs: number, signal: AbortSignal) {
  let body = "";
  try {
    for await (const chunk of chunksOf(response, deadlineMs, signal)) {
      body += chunk.toString("latin1");
      if (body.length > MOST_ERROR_BYTES) break;
    }
  } catch {
    signal.throwIfAborted(); // else the status says enough
  }
  return /<Code>(\w{1,60})<\/Code>/.exec(body)?.[1] ?? "";
}
