import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { asof } from "../support/cli.js";
import { type Cluster, startCluster, waitsFor } from "../support/cluster.js";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

it("a mutation whose process is killed (SIGKILL) stays on record without an answer, and another process adds to the same chain", async () => {
  const [victim, other] = [await cluster.start("api"), await cluster.start("api")];
  const id = randomUUID();
  const session = await cluster.session();
  await session.query("begin; lock table runs in share mode");
  const answer = victim.client
    .raw(`mutation { createRun(input: { id: "${id}" }) { id } }`)
    .catch(() => "none");
  await waitsFor(cluster.sql, "runs");
  await victim.kill();
  expect(await answer).toBe("none");
  await session.query("rollback");
  await other.client.query(`mutation { createRun(input: { name: "another" }) { id } }`);
  const entries = await cluster.sql(
    "select outcome, subject, answers::int from audit_log where action = 'createRun' order by id",
  );
  expect(entries).toEqual([
    { outcome: "ASKED", subject: `run ${id}`, answers: null },
    { outcome: "ASKED", subject: null, answers: null },
    { outcome: "DONE", subject: null, answers: 2 },
  ]);
  const { code, out } = await asof(["doctor", "--audit", "--json"], {
    ...{ DATABASE_URL: cluster.url, ASOF_HOME: cluster.dataDir, DATA_DIR: cluster.dataDir, PORT: "0" },
  });
  const audit = JSON.parse(out).checks.find(({ name }: { name: string }) => name === "audit");
  expect([code, audit]).toMatchObject([
    0,
    {
      status: "ok",
      message: expect.stringMatching(
        /^3 entries, each as it was written; 1 without an answer: cut off, or under way; the last hash is [0-9a-f]{64}: note it/,
      ),
    },
  ]);
});
