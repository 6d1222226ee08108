import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, it, vi } from "vitest";
import { TESTING } from "../../support/build.js";
import { type Cluster, startCluster, startIngest, storeContents, waitsFor } from "../../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import type { TestProcess } from "../../support/process.js";
import { until } from "../../support/until.js";

// Each cluster starts processes of its own, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const MONTHS = { january: "2024-01-31", february: "2024-02-29" };
const clusters: Cluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.stop();
});

async function quarantiningCluster(): Promise<{ cluster: Cluster; start(): Promise<TestProcess> }> {
  const cluster = await startCluster();
  clusters.push(cluster);
  for (const [month, name] of Object.keys(MONTHS).entries()) {
    const files = smallDelivery(userIds(300));
    const usage = files.usage_agg_30d!;
    for (let i = 1 + month; i < usage.length; i += 3)
      usage[i] = i % 2 ? usage[i]!.slice(0, -2) : `${usage[i]}x`;
    usage.push(usage[2]!, "late-1,1,1,1,1,1");
    writeDelivery(cluster.dataDir, name, files);
  }
  // The test deployment, whose usage says so before anything of them is read.
  const preload = join(cluster.dataDir, "quarantining.mjs");
  writeFileSync(
    preload,
    `import { definitions } from "${TESTING}";
     definitions.sources.find(({ name }) => name === "usage_agg_30d").onInvalid = "quarantine";`,
  );
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` };
  return { cluster, start: () => cluster.start("all", env) };
}

const settled = ({ sql }: Cluster) =>
  until("the last staging table is dropped", async () => {
    const contents = await storeContents(sql);
    return (contents.staging as unknown[]).length === 0 && contents;
  });

it("a quarantining ingest that is killed between staging and publishing leaves what one undisturbed leaves", async () => {
  const { cluster, start } = await quarantiningCluster();
  const blocker = await cluster.session();
  let running = await start();
  // January: the rows are out of staging, their report is not saved. February: they are copied, nothing is published.
  for (const [place, [month, asOf]] of Object.entries(MONTHS).entries()) {
    const table = ["artifacts", "payments_agg_90d"][place]!;
    await blocker.query(`begin; lock table ${table} in access exclusive mode`);
    const id = await startIngest(running.client, month, asOf);
    await waitsFor(cluster.sql, table);
    await running.kill();
    await blocker.query("commit");
    running = await start();
    const run = await running.client.finished(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", error: null, attempt: 1 });
    const again = run.steps.filter(({ attempt }) => attempt === 2).map(({ name }) => name);
    expect(again).toEqual([place === 0 ? "validate" : "publish"]);
  }
  const contents = await settled(cluster);
  expect(contents.quarantined_rows).toMatchObject([{ rows: 100 + 2 + 100 + 2 }]);

  const undisturbed = await quarantiningCluster();
  const { client } = await undisturbed.start();
  for (const [month, asOf] of Object.entries(MONTHS)) {
    expect((await client.ingest(month, asOf)).error).toBeNull();
  }
  expect(contents).toEqual(await settled(undisturbed.cluster));
});
