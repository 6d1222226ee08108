import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { type Cluster, startCluster, waitsFor } from "../support/cluster.js";
import { ingestMonth, JANUARY, learnableMonth, STRONG, trained } from "../support/months.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

/** Where the version was trained. */
let source: TestApp;
let cluster: Cluster;
let file: Buffer<ArrayBuffer>;

beforeAll(async () => {
  cluster = await startCluster();
  const first = await cluster.start("all");
  source = await startTestApp();
  await ingestMonth(source, JANUARY, learnableMonth());
  const { dataDir, url, sql } = cluster;
  await ingestMonth({ ...source, client: first.client, dataDir, url, sql }, JANUARY, learnableMonth());
  await first.stop();
  const run = await trained(source, { asOf: JANUARY, seed: 3, params: STRONG });
  const address = `${source.client.address}/models/churn/versions/${run.modelVersion!.version}/export`;
  file = Buffer.from(await (await fetch(address)).arrayBuffer());
}, 120_000);
afterAll(async () => {
  await source?.stop();
  await cluster?.stop();
});

const send = async ({ client }: TestProcess) => {
  const answer = await fetch(`${client.address}/models/import`, {
    method: "POST",
    headers: { "content-type": "application/x-tar" },
    body: file,
  });
  return { status: answer.status, body: (await answer.json()) as any };
};
const stored = async () =>
  (
    await cluster.sql(`select (select count(*) from model_versions)::int as versions,
      (select count(*) from runs where kind = 'REGISTER')::int as runs, (select count(*) from artifacts a join runs r on r.id = a.run_id
         where r.kind = 'REGISTER')::int as files, (select count(*) from artifact_blobs b where not exists
         (select 1 from artifacts a where a.sha256 = b.sha256))::int as orphans`)
  )[0]!;

it("a process that is killed in an import's transaction leaves nothing of it", {
  timeout: 120_000,
}, async () => {
  const before = await stored();
  const victim = await cluster.start("all");
  const session = await cluster.session();
  // The last that is written of a registration: its files and its run are there, uncommitted.
  await session.query("begin; lock table model_versions in share mode");
  const sent = send(victim).catch(() => "cut off");
  await waitsFor(cluster.sql, "model_versions");
  await victim.kill();
  expect(await sent).toBe("cut off");
  await session.query("rollback");
  await until("its session is gone", async () => JSON.stringify(await stored()) === JSON.stringify(before));
  expect(before).toMatchObject({ versions: 0, runs: 0, files: 0, orphans: 0 });
});

it("one that is killed while the version is judged leaves it to the next, and the same file is the same version", {
  timeout: 120_000,
}, async () => {
  const victim = await cluster.start("all");
  const session = await cluster.session();
  // Written when the judgement is done, with what it measured.
  await session.query("begin; lock table run_metrics in share mode");
  const sent = send(victim).catch(() => "cut off");
  await waitsFor(cluster.sql, "run_metrics");
  expect(await stored()).toMatchObject({ versions: 1, runs: 1 });
  await victim.kill();
  expect(await sent).toBe("cut off");
  await session.query("rollback");
  const next = await cluster.start("all");
  const { body } = await send(next);
  await until("it is judged", async () => {
    const [version] = await cluster.sql("select signature is not null as judged from model_versions");
    return version?.judged === true;
  });
  expect(body).toMatchObject({ model: "churn", version: 1, is_new: false });
  expect(await stored()).toMatchObject({ versions: 1, runs: 1, orphans: 0 });
  expect(await send(next)).toMatchObject({
    status: 200,
    body: { version: 1, is_new: false, status: "READY" },
  });
});
