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
  /** Every object by its key, and the parts of those that were never finished, by upload. */
  objects: ReadonlyMap<string, { body: Buffer }>;
  parts: ReadonlyMap<string, { key: string; bodies: ReadonlyMap<number, Buffer> }>;
  /** Keys of one page of a listing. */
  pageSize: number;
  meddle: Meddle | null;
  stop(): Promise<void>;
}

const BUCKET = "extracts";

export async function startHostileS3(): Promise<HostileS3> {
  const objects = new Map<string, Stored>();
  const uploads = new Map<string, { key: string; bodies: Map<number, Buffer> }>();
  const server: Server = createServer((request, response) => {
    s3.asked.push(`${request.method} ${request.url}`);
    s3.headers.push(request.headers);
    const { pathname, searchParams } = new URL(request.url!, "http://localhost");
    const [bucket, ...rest] = pathname.slice(1).split("/").map(decodeURIComponent);
    const key = rest.join("/");
    const found = objects.get(key);
    if (s3.meddle?.(request, response, found ? { key, ...found } : null)) return;
    const stored = objects.get(key);
    if (request.method !== "GET" && bucket === BUCKET) {
      void write(request, response, key, searchParams);
      return;
    }
    if (bucket !== BUCKET) refuse(response, 404, "NoSuchBucket");
    else if (searchParams.has("uploads")) listUploads(response, searchParams.get("prefix") ?? "");
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

  async function write(
    request: IncomingMessage,
    response: ServerResponse,
    key: string,
    query: URLSearchParams,
  ) {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // The client is gone: nothing is stored.
    }
    const body = Buffer.concat(chunks);
    const sha256 = createHash("sha256").update(body).digest("hex");
    const upload = uploads.get(query.get("uploadId") ?? "");
    if (request.headers["x-amz-content-sha256"] !== sha256) {
      refuse(response, 400, "XAmzContentSHA256Mismatch");
    } else if (query.has("uploadId") && !upload) {
      refuse(response, 404, "NoSuchUpload");
    } else if (request.method === "DELETE") {
      if (upload) uploads.delete(query.get("uploadId")!);
      else objects.delete(key);
      response.writeHead(204).end();
    } else if (query.has("uploads")) {
      const id = `upload-${s3.asked.length}`;
      uploads.set(id, { key, bodies: new Map() });
      response.end(
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    } else if (upload && request.method === "PUT") {
      upload.bodies.set(Number(query.get("partNumber")), body);
      response.writeHead(200, { etag: `"part-${query.get("partNumber")}"` }).end();
    } else if (upload) {
      const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map(([, number]) =>
        Number(number),
      );
      s3.put(key, Buffer.concat(numbers.map((number) => upload.bodies.get(number)!)));
      uploads.delete(query.get("uploadId")!);
      response.end("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
    } else {
      s3.put(key, body);
      response.writeHead(200, { etag: objects.get(key)!.etag }).end();
    }
  }

  function listUploads(response: ServerResponse, prefix: string): void {
    const found = [...uploads].filter(([, { key }]) => key.startsWith(prefix));
    const shown = found.map(
      ([id, { key }]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`,
    );
    response.end(`<ListMultipartUploadsResult>${shown.join("")}</ListMultipartUploadsResult>`);
  }

  const s3: HostileS3 = {
    ...{ objects, parts: uploads },
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
