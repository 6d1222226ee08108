import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { ForbiddenError } from "../../src/errors/auth-errors.js";
import { ExclusiveQueue } from "../../src/observability/exclusive-queue.js";
import { packArchive } from "../../src/registry/archive/archive.js";
import { tarOf } from "../../src/registry/archive/tar-members.js";
import { Archives } from "../../src/services/archives.js";
import type { ClientPace } from "../../src/services/model-services.js";
import { ARCHIVE_FILES, DESCRIBED_ARCHIVE } from "../support/archives.js";
import { fakeServices } from "../support/fake-services.js";
import { until } from "../support/until.js";
import { listen } from "./running-app.js";

const MB = 1 << 20;

/** Archives as they are served, over nothing: what is sent here is refused once it is read. */
const readingOnly = (pace?: ClientPace) =>
  new Archives(null as never, { keys: { own: null, trusted: [] } } as never, null as never, 0, pace);

const serve = (pace?: ClientPace) => listen({ archives: readingOnly(pace) });

/** An import whose body the test sends itself. */
function begin(url: string, headers: Record<string, string | number> = {}) {
  const sent = request(`${url}/models/import`, {
    method: "POST",
    agent: false,
    headers: { "content-type": "application/x-tar", ...headers },
  });
  // One that is cut off while it sends has its answer before.
  sent.on("error", () => {});
  sent.flushHeaders();
  return sent;
}

async function answerOf(sent: ClientRequest) {
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of answer) text += chunk;
  const { error } = JSON.parse(text) as { error: { code: string; message: string } };
  return { status: answer.statusCode, headers: answer.headers, ...error };
}

/** A tar with one member of so many bytes, which are the same few in memory all the time. */
async function sendTar(sent: ClientRequest, bytes: number): Promise<void> {
  const part = Buffer.alloc(64 * 1024);
  const packed = pack();
  packed.entry({ name: "model.onnx", size: bytes });
  const [header] = await once(packed, "data");
  sent.write(header);
  for (let at = 0; at < bytes; at += part.byteLength) if (!sent.write(part)) await once(sent, "drain");
  sent.end(Buffer.alloc(1024));
}

/** Of what is held at this moment, without what nobody holds any more. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test("files that are imported at once are in memory one after the other", async () => {
  const { url } = await serve();
  const before = heldBytes();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, heldBytes() - before);
  }, 100);
  const answers = Array.from({ length: 5 }, async () => {
    const sent = begin(url);
    const answer = answerOf(sent);
    await sendTar(sent, 64 * MB);
    return (await answer).message;
  });
  expect(await Promise.all(answers)).toEqual(
    Array(5).fill(
      "the archive is damaged: it has no manifest.json: it is no archive of a version; export the version again, and send that file",
    ),
  );
  clearInterval(watch);
  expect(most).toBeGreaterThan(32 * MB);
  expect(most).toBeLessThan(150 * MB);
}, 240_000);

test("who stops sending gives up its turn, and is told so", async () => {
  const { url } = await serve({ silenceMs: 200, wholeMs: 60_000 });
  const stalled = begin(url, { "content-length": 10 * MB });
  stalled.write(Buffer.alloc(1000));
  const next = begin(url);
  next.end("no tar");
  expect(await answerOf(stalled)).toMatchObject({
    status: 408,
    code: "REQUEST_TIMEOUT",
    message: expect.stringContaining("nothing was done; send it again"),
    headers: { connection: "close" },
  });
  expect((await answerOf(next)).message).toContain("the archive is damaged");
});

test("so does who sends next to nothing all the time", async () => {
  const { url } = await serve({ silenceMs: 60_000, wholeMs: 400 });
  const slow = begin(url);
  const drip = setInterval(() => slow.write("x"), 20);
  const answer = await answerOf(slow);
  clearInterval(drip);
  expect([answer.status, answer.code]).toEqual([408, "REQUEST_TIMEOUT"]);
});

test("and who goes away in the middle: the next is read at once", async () => {
  const { url } = await serve();
  const left = begin(url, { "content-length": 10 * MB });
  left.write(Buffer.alloc(100_000));
  const next = begin(url);
  next.end("no tar");
  left.destroy();
  expect((await answerOf(next)).message).toContain("the archive is damaged");
});

test("one too many is answered before its file is read, and when to try again", async () => {
  const { url } = await serve();
  const waiting = Array.from({ length: 9 }, () => begin(url, { "content-length": 10 * MB }));
  const refused = async () => {
    const sent = begin(url, { "content-length": 10 * MB });
    const answer = await Promise.race([answerOf(sent), once(waiting.at(-1)!, "response").then(() => null)]);
    sent.destroy();
    return answer;
  };
  expect(await refused()).toMatchObject({
    status: 503,
    code: "SERVICE_BUSY",
    message: "busy: archives of versions are made one at a time; nothing was done, try again in 1 s",
    headers: { "retry-after": "1" },
  });
  for (const sent of waiting) sent.destroy();
});

test("a file that says it is too large is refused by that alone", async () => {
  const { url } = await serve();
  const sent = begin(url, { "content-length": 256 * MB + 1 });
  expect((await answerOf(sent)).status).toBe(413);
  sent.destroy();
});

test("an import does nothing with a version of a model that is not its caller's", async () => {
  const members = packArchive(DESCRIBED_ARCHIVE, ARCHIVE_FILES, { own: null });
  const named: string[] = [];
  const answer = readingOnly().import(tarOf(members), { asOf: null }, "ann", (model) => {
    named.push(model);
    throw new ForbiddenError("POST /models/import", "operator", { actor: "ann", role: "viewer" });
  });
  await expect(answer).rejects.toBeInstanceOf(ForbiddenError);
  expect(named).toEqual(["churn"]);
});

test("the turn of an export ends when its file is taken, or its client is gone", async () => {
  const turns = new ExclusiveQueue("archives of versions");
  const { archives } = fakeServices();
  const ended: string[] = [];
  const members = [
    { name: "manifest.json", bytes: Buffer.from("{}") },
    { name: "model.onnx", bytes: Buffer.alloc(64 * MB) },
  ];
  archives.export = (model, _version, use) =>
    turns.run(() => use(members)).then(() => void ended.push(model));
  const { url } = await listen({ archives });
  const exporting = async (model: string) => {
    const sent = request(`${url}/models/${model}/versions/1/export`, { agent: false });
    sent.on("error", () => {});
    sent.end();
    return { sent, answer: once(sent, "response").then(([answer]) => answer as IncomingMessage) };
  };
  const gone = await exporting("gone");
  await gone.answer;
  const taken = await exporting("taken");
  expect(ended).toEqual([]);
  gone.sent.destroy();
  let bytes = 0;
  for await (const chunk of await taken.answer) bytes += (chunk as Buffer).byteLength;
  await until("both turns have ended", () => ended.length === 2);
  expect([ended, bytes]).toEqual([["gone", "taken"], 64 * MB + 512 * 2 + 512 + 1024]);
});

test("so it does when who takes its file takes next to nothing all the time", async () => {
  const turns = new ExclusiveQueue("archives of versions");
  const { archives } = fakeServices();
  const ended: string[] = [];
  const members = [
    { name: "manifest.json", bytes: Buffer.from("{}") },
    { name: "model.onnx", bytes: Buffer.alloc(64 * MB) },
  ];
  archives.export = (model, _version, use) =>
    turns.run(() => use(members)).then(() => void ended.push(model));
  const pace = { silenceMs: 60_000, wholeMs: 400 };
  const { url } = await listen({ archives: { ...archives, pace } });
  const sent = request(`${url}/models/slow/versions/1/export`, { agent: false });
  sent.end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const cut = once(answer, "error");
  const sip = setInterval(() => answer.read(1_000), 20);
  await until("the turn has ended", () => ended.length === 1);
  clearInterval(sip);
  answer.resume();
  expect(await cut).toMatchObject([{ code: "ECONNRESET" }]);
});

test("a file that is refused at its beginning is read to its end: who takes no answer before gets it", async () => {
  const { url } = await serve();
  const { hostname, port } = new URL(url);
  // Nothing listens for data: nothing is read.
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /models/import HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/x-tar\r\ncontent-length: ${32 * MB}\r\n\r\n`,
  );
  const part = Buffer.alloc(64 * 1024, "no tar");
  for (let at = 0; at < 32 * MB; at += part.byteLength) if (!socket.write(part)) await once(socket, "drain");
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 .*the archive is damaged/s);
}, 30_000);
