import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Stored {
  body: Buffer;
  etag: string;
}

/** Takes a request over from the server: true where it has seen to the answer. */
export type Meddle = (
  request: IncomingMessage,
  response: ServerResponse,
  object: { key: string; body: Buffer; etag: string } | null,
) => boolean;

/** A small S3 over real HTTP that can be made to misbehave. */
export interface HostileS3 {
  url: string;
  /** What it was asked for, in order: method and path with its query. */
  asked: string[];
  /** Headers of the requests, as they came. */
  headers: IncomingMessage["headers"][];
  put(key: string, body: string | Buffer): void;
  remove(key: string): void;
  /** Keys of one page of a listing. */
  pageSize: number;
  meddle: Meddle | null;
  stop(): Promise<void>;
}

const BUCKET = "extracts";

export async function startHostileS3(): Promise<HostileS3> {
  const objects = new Map<string, Stored>();
  const server: Server = createServer((request, response) => {
    s3.asked.push(`${request.method} ${request.url}`);
    s3.headers.push(request.headers);
    const { pathname, searchParams } = new URL(request.url!, "http://localhost");
    const [bucket, ...rest] = pathname.slice(1).split("/").map(decodeURIComponent);
    const key = rest.join("/");
    const found = objects.get(key);
    if (s3.meddle?.(request, response, found ? { key, ...found } : null)) return;
    const stored = objects.get(key);
    if (bucket !== BUCKET) refuse(response, 404, "NoSuchBucket");
    else if (key === "") list(response, searchParams);
    else if (!stored) refuse(response, 404, "NoSuchKey");
    else serve(request, response, stored);
  });

  function list(response: ServerResponse, query: URLSearchParams): void {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? "";
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, s3.pageSize);
    const contents = page.map((key) => {
      const { body, etag } = objects.get(key)!;
      return `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>2024-02-01T10:00:00.000Z</LastModified><ETag>${etag.replaceAll('"', "&quot;")}</ETag><Size>${body.length}</Size></Contents>`;
    });
    const more = keys.length > page.length;
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    response.end(
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated><EncodingType>url</EncodingType>${contents.join("")}${next}</ListBucketResult>`,
    );
  }

  const s3: HostileS3 = {
    ...{ url: "", asked: [], headers: [], pageSize: 1000, meddle: null },
    put: (key, body) => {
      const bytes = Buffer.from(body);
      objects.set(key, { body: bytes, etag: `"${createHash("md5").update(bytes).digest("hex")}"` });
    },
    remove: (key) => {
      objects.delete(key);
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  s3.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return s3;
}

export function refuse(response: ServerResponse, status: number, code: string, more = ""): void {
  response
    .writeHead(status, { "content-type": "application/xml" })
    .end(`<Error><Code>${code}</Code>${more}</Error>`);
}

function serve(request: IncomingMessage, response: ServerResponse, { body, etag }: Stored): void {
  const wanted = request.headers["if-match"];
  if (wanted && wanted !== etag) {
    refuse(response, 412, "PreconditionFailed");
    return;
  }
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const part = body.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, { etag, "content-length": part.length }).end(part);
}
