import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Cluster,
  cancel,
  startCluster,
  startIngest,
  startTraining,
  stepIs,
  waitsFor,
} from "../../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import type { FinishedRun } from "../../support/graphql.js";
import type { TestProcess } from "../../support/process.js";
import { until } from "../../support/until.js";

/** Every session of the process is terminated, as a restart of the server would. */
describe("a process whose database sessions are all terminated", () => {
  let cluster: Cluster;
  let asof: TestProcess;

  beforeAll(async () => {
    cluster = await startCluster();
    writeDelivery(cluster.dataDir, "month", smallDelivery(userIds(8_000)));
    asof = await cluster.start("all");
  });
  afterAll(() => cluster?.stop());

  const terminate = (spared: number[] = []) =>
    cluster.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and pid <> all($1)`,
      [spared],
    );

  /** A request that meets a terminated session fails; so the run's end is awaited in the database. */
  async function finished(id: string): Promise<FinishedRun> {
    await until(`run ${id} has ended`, async () => {
      const rows = await cluster.sql("select 1 from runs where id = $1 and finished_at is not null", [id]);
      return rows.length > 0;
    });
    return asof.client.finished(id);
  }

  it("while it stages still finishes the run", async () => {
    const id = await startIngest(asof.client, "month", "2024-01-31");
    await stepIs(cluster.sql, id, "stage", "RUNNING");
    await terminate();
    const run = await finished(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
    expect(run.steps.find(({ name }) => name === "stage")).toMatchObject({ attempt: 2 });
    expect(await cluster.sql("select count(*)::int as users from users")).toEqual([{ users: 8_000 }]);
  }, 90_000);

  it("while it publishes still publishes, once", async () => {
    const blocker = await cluster.session();
    await blocker.query("begin; lock table payments_agg_90d in access exclusive mode");
    const id = await startIngest(asof.client, "month", "2024-02-29");
    await waitsFor(cluster.sql, "payments_agg_90d");
    const { rows } = await blocker.query<{ pid: number }>("select pg_backend_pid() as pid");
    await terminate([rows[0]!.pid]);
    await waitsFor(cluster.sql, "payments_agg_90d");
    await blocker.query("commit");
    const run = await finished(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
    expect(run.snapshot).toMatchObject({ asOf: "2024-02-29", revision: 1 });
  }, 90_000);

  it("while it trains still registers the model", async () => {
    const id = await startTraining(asof.client, { asOf: "2024-01-31", params: { trees: 100, leaves: 31 } });
    await stepIs(cluster.sql, id, "fit", "RUNNING");
    await terminate();
    const run = await finished(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", error: null, modelVersion: { version: 1 } });
  }, 90_000);

  it("listens again afterwards: a cancellation reaches the training at once", async () => {
    await terminate();
    await until("it listens again, for both its threads", async () => {
      const rows = await cluster.sql(
        "select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen %'",
      );
      return rows.length === 1;
    });
    // Until it has noticed each lost connection it may answer that the database is away.
    const long = { asOf: "2024-01-31", params: { trees: 5000, leaves: 31 } };
    const id = await until("it takes a training", () => startTraining(asof.client, long).catch(() => null));
    await stepIs(cluster.sql, id, "fit", "RUNNING");
    await cancel(asof.client, id);
    // One training at a time: the next one is only executed once the thread of the cancelled one has ended.
    const next = await asof.client.train({ asOf: "2024-01-31", params: { trees: 10 } });
    expect(next).toMatchObject({ status: "SUCCEEDED", modelVersion: { version: 2 } });
    expect(await asof.client.finished(id)).toMatchObject({ status: "CANCELLED", modelVersion: null });
  }, 90_000);
});
