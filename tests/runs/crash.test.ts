import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Cluster,
  startCluster,
  startIngest,
  startTraining,
  stepIs,
  storeContents,
  waitsFor,
} from "../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import type { FinishedRun, GraphQLClient } from "../support/graphql.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

// Each test starts processes of its own, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const MONTHS = { january: "2024-01-31", february: "2024-02-29", march: "2024-03-31", april: "2024-04-30" };
const TRAINING = {
  asOf: MONTHS.april,
  algorithm: "GRADIENT_BOOSTING",
  seed: 7,
  params: { trees: 300, leaves: 31 },
};
const INGEST_STEPS = ["fingerprint", "compare", "stage", "validate", "hash", "publish", "materialize"];

function writeMonths(dataDir: string): void {
  const delivery = smallDelivery(userIds(8_000));
  for (const [month, name] of Object.keys(MONTHS).entries()) {
    const changed = delivery.usage_agg_30d!.map((line, i) => (i > 0 && i % 9 === month ? `${line}1` : line));
    writeDelivery(dataDir, name, { ...delivery, usage_agg_30d: changed });
  }
}

describe("a worker that is killed", () => {
  let cluster: Cluster;
  let api: GraphQLClient;
  let survivor: TestProcess;

  beforeAll(async () => {
    cluster = await startCluster();
    writeMonths(cluster.dataDir);
    const started = await Promise.all([cluster.start("api"), cluster.start("worker")]);
    api = started[0].client;
    survivor = started[1];
  }, 120_000);
  afterAll(() => cluster?.stop());

  /** Starts the run on a worker of its own, kills that when `when` holds, and waits for the other to finish the run. */
  async function killedDuring(
    start: () => Promise<string>,
    when: (id: string) => Promise<unknown>,
    afterwards: () => Promise<unknown> = async () => {},
  ): Promise<FinishedRun> {
    const victim = await cluster.start("worker");
    survivor.child.kill("SIGSTOP");
    const id = await start();
    await when(id);
    const before = await steps(id);
    survivor.child.kill("SIGCONT");
    await victim.kill();
    await afterwards();
    const run = await api.finished(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
    const expected = before.map(({ name, status }) => ({
      name,
      status: "SUCCEEDED",
      attempt: status === "SUCCEEDED" ? 1 : 2,
    }));
    expect(run.steps.slice(0, before.length)).toEqual(expected);
    for (const step of run.steps.slice(before.length)) expect(step).toMatchObject({ attempt: 1 });
    return run;
  }

  const steps = (id: string) =>
    cluster.sql<{ name: string; status: string }>(
      "select name, status from run_steps where run_id = $1 order by ordinal",
      [id],
    );
  const ingest = (month: keyof typeof MONTHS) => () => startIngest(api, month, MONTHS[month]);

  it("in the middle of staging is replaced, and staging is done again", async () => {
    const run = await killedDuring(ingest("january"), (id) => stepIs(cluster.sql, id, "stage", "RUNNING"));
    expect(run.steps.map(({ name, attempt }) => [name, attempt])).toEqual(
      INGEST_STEPS.map((name) => [name, name === "stage" ? 2 : 1]),
    );
  });

  it("while it waits to publish leaves nothing, and the next one publishes", async () => {
    const blocker = await cluster.session();
    await blocker.query("begin; lock table payments_agg_90d in access exclusive mode");
    const run = await killedDuring(
      ingest("february"),
      () => waitsFor(cluster.sql, "payments_agg_90d"),
      async () => {
        // The dead worker's backend does not know yet that nobody listens: it goes on once the table is free.
        await until("the other worker publishes, too", async () => {
          const rows = await cluster.sql(
            "select 1 from pg_stat_activity where query like '%asof_publish%' and wait_event_type = 'Lock' and pid <> pg_backend_pid()",
          );
          return rows.length > 0;
        });
        await blocker.query("commit");
      },
    );
    expect(run.snapshot).toMatchObject({ asOf: MONTHS.february, revision: 1 });
    expect(run.steps.find(({ name }) => name === "publish")).toMatchObject({ attempt: 2 });
  });

  it("between the commit of its publication and the checkpoint does not publish twice", async () => {
    const [tables, events] = [await cluster.session(), await cluster.session()];
    await tables.query("begin; lock table payments_agg_90d in access exclusive mode");
    const run = await killedDuring(
      ingest("march"),
      async () => {
        await waitsFor(cluster.sql, "payments_agg_90d");
        // Without its turn to append an event the worker gets no further than the commit.
        await events.query("select pg_advisory_lock(hashtextextended('asof_run_events', 0))");
        await tables.query("commit");
        await until("the snapshot is there", async () => {
          const rows = await cluster.sql("select 1 from snapshots where as_of = $1", [MONTHS.march]);
          return rows.length > 0;
        });
      },
      () => events.query("select pg_advisory_unlock(hashtextextended('asof_run_events', 0))"),
    );
    expect(run.snapshot).toMatchObject({ asOf: MONTHS.march, revision: 1 });
    expect(run.result).toMatchObject({ unchanged: false, revision: 1 });
  });

  it("after publishing, while it materializes, is replaced for that step alone", async () => {
    const blocker = await cluster.session();
    await blocker.query("begin; lock table usage_agg_30d_online in access exclusive mode");
    const run = await killedDuring(
      ingest("april"),
      () => waitsFor(cluster.sql, "usage_agg_30d_online"),
      () => blocker.query("commit"),
    );
    expect(run.steps.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1, 2]);
  });

  it("in the middle of a training is replaced, and the model is the same to the byte", async () => {
    const run = await killedDuring(
      () => startTraining(api, TRAINING),
      (id) =>
        until("trees are grown", async () => {
          const rows = await cluster.sql(
            "select 1 from run_events where run_id = $1 and type = 'PROGRESS' and data->>'phase' is not null",
            [id],
          );
          return rows.length > 0;
        }),
    );
    expect(run.steps).toEqual([
      { name: "fit", status: "SUCCEEDED", attempt: 2 },
      { name: "register", status: "SUCCEEDED", attempt: 1 },
    ]);
    expect(run.modelVersion).toMatchObject({ version: 1 });
  });

  it("leaves every table as if nothing had happened, and no staging table", async () => {
    const contents = await until("the last staging table is dropped", async () => {
      const found = await storeContents(cluster.sql);
      return (found.staging as unknown[]).length === 0 && found;
    });
    expect(contents).toEqual(await undisturbedContents());
  });
});

async function undisturbedContents(): Promise<Record<string, unknown>> {
  const cluster = await startCluster();
  try {
    writeMonths(cluster.dataDir);
    const { client } = await cluster.start("all");
    for (const [month, asOf] of Object.entries(MONTHS)) await client.ingest(month, asOf);
    await client.train(TRAINING);
    await until("the last staging table is dropped", async () => {
      const rows = await cluster.sql("select 1 from pg_tables where schemaname = 'staging'");
      return rows.length === 0;
    });
    return await storeContents(cluster.sql);
  } finally {
    await cluster.stop();
  }
}

describe("the only process", () => {
  it("is killed while it trains, and one that is started later finishes the run", async () => {
    const cluster = await startCluster();
    try {
      writeDelivery(cluster.dataDir, "january", smallDelivery(userIds(4_000)));
      const first = await cluster.start("all");
      await first.client.ingest("january", MONTHS.january);
      const training = { ...TRAINING, asOf: MONTHS.january };
      const id = await startTraining(first.client, training);
      await stepIs(cluster.sql, id, "fit", "RUNNING");
      await first.kill();
      const second = await cluster.start("all");
      const run = await second.client.finished(id);
      expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
      expect(run.steps.map(({ name, attempt }) => [name, attempt])).toEqual([
        ["fit", 2],
        ["register", 1],
      ]);
      const again = await second.client.train(training);
      expect(again.modelVersion).toMatchObject({ version: 2, sha256: run.modelVersion!.sha256 });
    } finally {
      await cluster.stop();
    }
  }, 120_000);
});
