import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

it("five processes that start at once on an empty database all serve, and migrate it once", async () => {
  const roles = ["all", "all", "api", "api", "worker"] as const;
  const started = await Promise.all(roles.map((role) => cluster.start(role)));
  for (const { client } of started) {
    const ready = await fetch(`${client.address}/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: "READY" }]);
  }
  const [applied] = await cluster.sql(
    `select count(*)::int as rows, count(distinct sha256)::int as migrations
     from (table asof_core_migrations union all table asof_deployment_migrations) applied`,
  );
  expect(applied!.migrations).toBeGreaterThan(1);
  expect(applied!.rows).toBe(applied!.migrations);
  expect(await Promise.all(started.map((process) => process.stop()))).toEqual([0, 0, 0, 0, 0]);
});
