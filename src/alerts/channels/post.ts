import type { LookupAddress } from "node:dns";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";

/** What is read of an answer. */
const READ_BYTES = 2_048;

export interface Answer {
  readonly status: number;
  /** The `Retry-After` in seconds; 0: none, or a date. */
  readonly retryAfterSeconds: number;
  /** The beginning of what it said. */
  readonly text: string;
}

interface Posted {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** It connects to one of these, whatever the name of the host means by now. */
  readonly addresses: readonly LookupAddress[];
  readonly signal: AbortSignal;
}

/** Follows no redirect, keeps no connection, and reads no more of an answer than is shown. @throws what kept it from an answer */
export function post(url: URL, { body, headers, addresses, signal }: Posted): Promise<Answer> {
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: "POST",
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      agent: false,
      lookup: only(addresses),
      signal,
    });
    request.once("error", reject);
    request.once("response", (response) => void read(request, response).then(resolve, reject));
    request.end(body);
  });
}

async function read(request: ClientRequest, response: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= READ_BYTES) break;
  }
  request.destroy();
  const after = Number(response.headers["retry-after"] ?? 0);
  return {
    status: response.statusCode ?? 0,
    retryAfterSeconds: Number.isFinite(after) && after > 0 ? after : 0,
    text: Buffer.concat(parts).subarray(0, READ_BYTES).toString("utf8"),
  };
}

/** In place of the resolver. */
const only =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_, { all }, answer) => {
    const [first] = addresses;
    if (all) answer(null, [...addresses]);
    else answer(null, first!.address, first!.family);
  };
