import { createReadStream, existsSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { acceptedFormats } from "../../src/ingest/formats/registry.js";
import { builtInSourceSchemes, sourceSchemes } from "../../src/ingest/sources/registry.js";
import {
  fingerprintContent,
  type RandomAccess,
  type SourceContent,
  SourceNotFoundError,
  type SourceScheme,
} from "../../src/process/front.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Files, smallDelivery, userIds, writeDelivery } from "../support/delivery.js";

/** Bytes by HTTP: `http://…/january` has `users.csv`, or another accepted extension, for each source. */
const http: SourceScheme = {
  name: "http",
  writtenAs: "the http:// URL of a folder",
  recognises: (text) => text.startsWith("http://"),
  // The process that is asked need not reach the server.
  check: async (text) => void new URL(text),
  async list(text, { sources }) {
    const files = sources.map(async ({ name }) => {
      for (const { extension } of acceptedFormats()) {
        const path = `${text}/${name}${extension}`;
        const { ok, headers } = await fetch(path, { method: "HEAD" });
        if (ok) return { source: name, extension, path, bytes: Number(headers.get("content-length")) };
      }
      throw new SourceNotFoundError(text, `${name} is missing`);
    });
    return Promise.all(files);
  },
  // It cannot know what servers there are.
  deliveries: async () => [],
  fingerprint: (file, onBytes, signal) => fingerprintContent(file, http.open(file), onBytes, signal),
  open: ({ path }): SourceContent => ({
    kind: "bytes",
    async *stream() {
      const { ok, status, body } = await fetch(path);
      if (!ok) throw Object.assign(new Error(`${path}: HTTP ${status}`), { status });
      const reader = body!.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read())
        yield Buffer.from(next.value);
    },
    async random() {
      return inMemory(Buffer.from(await (await fetch(path)).arrayBuffer()));
    },
  }),
  isGone: (error) => (error as { status?: unknown }).status === 404,
};

const inMemory = (bytes: Buffer): RandomAccess => ({
  read: async (buffer, offset, length, position) => ({
    bytesRead: bytes.copy(buffer, offset, position, position + length),
  }),
  stat: async () => ({ size: bytes.length }),
  close: async () => {},
});

const tables = new Map<string, Files>();
/** Rows that are in no file, as a query gives them. */
const table: SourceScheme = {
  name: "table",
  writtenAs: "table: and a name",
  recognises: (text) => text.startsWith("table:"),
  check: async () => {},
  list: async (text, { sources }) =>
    sources.map(({ name }) => ({ source: name, extension: " (query)", path: `${text}/${name}`, bytes: 0 })),
  deliveries: async () =>
    [...tables.keys()].map((name) => ({ name: `table:${name}`, files: [], modifiedAt: null })),
  fingerprint: (file, onBytes, signal) => fingerprintContent(file, table.open(file), onBytes, signal),
  open: ({ path }) => ({
    kind: "rows",
    async *records() {
      const [name, source] = path.slice("table:".length).split("/") as [string, string];
      yield tables.get(name)![source]!.map((row, i) => ({ line: Math.max(1, i), fields: row.split(",") }));
    },
  }),
  isGone: () => false,
};

describe("a source scheme that is not asof's own", () => {
  let app: TestApp;
  let server: Server;
  let url: string;
  const asked: string[] = [];
  beforeAll(async () => {
    sourceSchemes.use([...builtInSourceSchemes, http, table]);
    app = await startTestApp();
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const path = join(app.dataDir, request.url!);
      if (!existsSync(path)) response.writeHead(404).end();
      else createReadStream(path).pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server?.closeAllConnections();
    server?.close();
    await app?.stop();
    sourceSchemes.use(builtInSourceSchemes);
  });

  it("delivers bytes, in any format: the same content by HTTP makes no new revision in the folder", async () => {
    const { labels, ...others } = smallDelivery(userIds(8));
    writeDelivery(app.dataDir, "remote", others);
    const [, ...rows] = labels!.map((row) => row.split(","));
    const columnData = [
      { name: "user_id", data: rows.map(([user]) => user), type: "STRING" as const },
      { name: "churn_label", data: rows.map(([, churned]) => churned === "True"), type: "BOOLEAN" as const },
    ];
    writeFileSync(
      join(app.dataDir, "remote", "labels.parquet"),
      Buffer.from(parquetWriteBuffer({ columnData })),
    );
    const remote = await app.client.ingest(`${url}/remote`, "2024-01-31");
    expect(remote.error).toBeNull();
    expect(asked).toEqual(expect.arrayContaining(["GET /remote/users.csv", "GET /remote/labels.parquet"]));
    writeDelivery(app.dataDir, "local", smallDelivery(userIds(8)));
    const local = await app.client.ingest("local", "2024-01-31");
    expect(local.result).toMatchObject({ unchanged: true, revision: 1 });
  });

  it("has its violations reported like any other", async () => {
    const files = smallDelivery(userIds(8));
    files.labels![2] = "U-00001,perhaps";
    writeDelivery(app.dataDir, "wrong", files);
    const { error } = await app.client.ingest(`${url}/wrong`, "2024-02-29");
    expect(error!.message).toBe(
      'labels.csv, line 3, column churn_label: value "perhaps" must be True or False (type). Nothing was published.',
    );
  });

  it("fails the run, not the request, where only runs can tell that a file is missing", async () => {
    const { error } = await app.client.ingest(`${url}/nowhere`, "2024-02-29");
    expect(error).toMatchObject({ code: "SOURCE_NOT_FOUND", message: expect.stringContaining("is missing") });
  });

  it("delivers rows, without a file and a format", async () => {
    tables.set("warehouse", smallDelivery(userIds(8)));
    const run = await app.client.ingest("table:warehouse", "2024-01-31");
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({ unchanged: true, revision: 1 });
    const changed = smallDelivery(userIds(8));
    changed.labels![4] = "U-00003,perhaps";
    tables.set("warehouse", changed);
    const { error } = await app.client.ingest("table:warehouse", "2024-02-29");
    expect(error!.message).toBe(
      'labels (query), row 4, column churn_label: value "perhaps" must be True or False (type). Nothing was published.',
    );
  });

  it("is named where a text is of no scheme", async () => {
    const { message } = await app.client.error(
      `mutation { ingest(input: { source: "s3://bucket/x", asOf: "2024-01-31" }) { id } }`,
    );
    expect(message).toBe(
      `source: "s3://bucket/x" is no source; name one folder directly under the data directory, of letters, digits, '.', '_' and '-'; or the http:// URL of a folder; or table: and a name`,
    );
  });
});
