import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { s3Credentials } from "../support/artifact-stores.js";
import { type Cluster, startCluster } from "../support/cluster.js";
import type { TestProcess } from "../support/process.js";
import { type HostileS3, startHostileS3 } from "../support/s3-server.js";
import { until } from "../support/until.js";

const MEBIBYTE = 1 << 20;
const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

let cluster: Cluster;
let s3: HostileS3;
/** Answers requests, moves nothing, and is never killed. It knows the store by the rows alone. */
let api: TestProcess;
const workers: TestProcess[] = [];

beforeAll(async () => {
  s3 = await startHostileS3();
  cluster = await startCluster();
  api = await cluster.start("api", s3Credentials(s3));
});
afterEach(async () => {
  s3.meddle = null;
  for (const worker of workers.splice(0)) await kill(worker);
});
afterAll(async () => {
  await cluster?.stop();
  await s3?.stop();
});

const startWorker = async () => {
  const worker = await cluster.start("worker", { ...s3Credentials(s3), ARTIFACTS_URL: "s3://extracts/kept" });
  workers.push(worker);
  return worker;
};
const kill = async ({ child }: TestProcess) => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
};
const isMoved = () =>
  until(
    "everything is moved, and nothing is left to be removed",
    async () => {
      const [found] = await cluster.sql(
        `select (select count(*)::int from artifact_objects) as objects,
           (select count(*)::int from artifact_blobs where upload is not null or octet_length(bytes) > 65536) as waiting`,
      );
      return found!.objects === 0 && found!.waiting === 0;
    },
    90_000,
  );
const objects = () => [...s3.objects].filter(([key]) => key.startsWith("kept/artifacts/"));

/** A file that MLflow's clients send, of a run of its own. */
async function upload(bytes: Buffer): Promise<{ run: string; download(): Promise<Response> }> {
  const made = await fetch(`${api.client.address}/mlflow/api/2.0/mlflow/runs/create`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ experiment_id: "0" }),
  });
  const { run } = (await made.json()) as { run: { info: { run_id: string; artifact_uri: string } } };
  const root = run.info.artifact_uri.replace("mlflow-artifacts:/", "");
  const address = `${api.client.address}/mlflow/api/2.0/mlflow-artifacts/artifacts/${root}/file.bin`;
  const sent = await fetch(address, { method: "PUT", body: new Uint8Array(bytes) });
  expect(sent.status).toBe(200);
  const [found] = await cluster.sql("select run_id from artifacts where sha256 = $1", [hashOf(bytes)]);
  return { run: found!.run_id, download: () => fetch(address) };
}
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

it("a worker that dies between the object and its row leaves a file that is moved again, and one object", async () => {
  const bytes = Buffer.alloc(3 * MEBIBYTE, "between object and row ");
  const worker = await startWorker();
  const isPut = new Promise<void>((resolve) => {
    s3.meddle = (request) => {
      if (request.method !== "PUT" || !request.url!.includes("/artifacts/")) return false;
      const chunks: Buffer[] = [];
      request
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .once("end", () => {
          s3.put(decodeURIComponent(request.url!.split("/").slice(2).join("/")), Buffer.concat(chunks));
          resolve();
        });
      return true;
    };
  });
  const { download } = await upload(bytes);
  await isPut;
  await kill(worker);
  s3.meddle = null;
  const [first] = objects();
  expect(hashOf(first![1].body)).toBe(hashOf(bytes));
  expect((await bytesOf(await download())).equals(bytes)).toBe(true);
  await startWorker();
  await isMoved();
  expect(objects().map(([, { body }]) => hashOf(body))).toEqual([hashOf(bytes)]);
  expect(objects()[0]![0]).not.toBe(first![0]);
  expect((await bytesOf(await download())).equals(bytes)).toBe(true);
}, 120_000);

it("a worker that dies between the commit and the removal leaves an object that the next one removes", async () => {
  const bytes = Buffer.alloc(2 * MEBIBYTE, "between commit and removal ");
  const { run } = await upload(bytes);
  const worker = await startWorker();
  await isMoved();
  const [key] = objects().find(([, { body }]) => hashOf(body) === hashOf(bytes))!;
  const isAsked = new Promise<void>((resolve) => {
    s3.meddle = (request) => {
      if (request.method !== "DELETE") return false;
      resolve();
      return true;
    };
  });
  await api.client.query("mutation ($id: ID!) { finishRun(id: $id, status: SUCCEEDED) { id } }", { id: run });
  await api.client.query("mutation ($id: ID!) { deleteRun(id: $id) { id bytesFreed } }", { id: run });
  await isAsked;
  await kill(worker);
  s3.meddle = null;
  expect(s3.objects.has(key)).toBe(true);
  await startWorker();
  await isMoved();
  expect(s3.objects.has(key)).toBe(false);
}, 120_000);

it("a large file takes no memory of its length, and parts that a dead worker sent are let go of", async () => {
  const bytes = Buffer.alloc(400 * MEBIBYTE, "a large file, in parts ");
  const apiBefore = mostMemory(api);
  const { run, download } = await upload(bytes);
  const worker = await startWorker();
  const isHeld = new Promise<void>((resolve) => {
    s3.meddle = (request) => {
      if (!request.url!.includes("partNumber=2")) return false;
      resolve();
      return true;
    };
  });
  await isHeld;
  expect(s3.parts.size).toBe(1);
  await kill(worker);
  s3.meddle = null;
  const second = await startWorker();
  const before = mostMemory(second);
  await isMoved();
  expect(s3.parts.size).toBe(0);
  if (before !== null) expect(mostMemory(second)! - before).toBeLessThan(250 * MEBIBYTE);
  const answer = await download();
  const hash = createHash("sha256");
  const reader = answer.body!.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) hash.update(part.value);
  expect(hash.digest("hex")).toBe(hashOf(bytes));
  if (apiBefore !== null) expect(mostMemory(api)! - apiBefore).toBeLessThan(250 * MEBIBYTE);
  await api.client.query("mutation ($id: ID!) { finishRun(id: $id, status: SUCCEEDED) { id } }", { id: run });
  await api.client.query("mutation ($id: ID!) { deleteRun(id: $id) { id } }", { id: run });
  await isMoved();
}, 240_000);

/** The most that was ever resident; null where the system does not say. */
function mostMemory({ child }: TestProcess): number | null {
  if (process.platform !== "linux") return null;
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))!;
  return Number(kibibytes) * 1024;
}

it("what is damaged or out of reach is an error for whoever downloads it, and never a whole file", async () => {
  const bytes = Buffer.alloc(2 * MEBIBYTE, "to be damaged ");
  const { download } = await upload(bytes);
  await startWorker();
  await isMoved();
  const [key] = objects().find(([, { body }]) => hashOf(body) === hashOf(bytes))!;
  const byHash = (process: TestProcess, headers: Record<string, string> = {}) =>
    fetch(`${process.client.address}/artifacts/${hashOf(bytes)}`, { headers });
  const ranged = await byHash(api, { range: "bytes=1000000-1000099" });
  expect(ranged.status).toBe(206);
  expect((await bytesOf(ranged)).equals(bytes.subarray(1_000_000, 1_000_100))).toBe(true);

  const damaged = Buffer.from(bytes);
  damaged[7]! ^= 1;
  s3.put(key, damaged);
  for (const ask of [download, () => byHash(api)]) await expect(ask().then(bytesOf)).rejects.toThrow();
  s3.remove(key);
  for (const ask of [download, () => byHash(api)]) {
    const answer = await ask();
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("is not there; restore it from a backup of the store");
  }
  s3.put(key, bytes);
  const without = await cluster.start("api", { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" });
  const refused = await byHash(without);
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain(
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set for this process",
  );
  expect((await bytesOf(await byHash(api))).equals(bytes)).toBe(true);
}, 120_000);
