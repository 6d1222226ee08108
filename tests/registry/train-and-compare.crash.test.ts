import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Cluster, startCluster, startIngest } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import type { FinishedRun, GraphQLClient } from "../support/graphql.js";
import { until } from "../support/until.js";
import { JANUARY, learnableMonth, STRONG } from "./months.js";

// Starts processes of its own, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

let cluster: Cluster;
let api: GraphQLClient;
beforeAll(async () => {
  cluster = await startCluster();
  writeDelivery(cluster.dataDir, "january", learnableMonth());
  api = (await cluster.start("api")).client;
}, 120_000);
afterAll(() => cluster?.stop());

const PROMOTION = "hashtextextended('asof_promotion churn', 0)";
const begin = async (): Promise<string> =>
  (
    await api.query("mutation($input: TrainInput!) { trainAndCompare(input: $input, delta: -1) { id } }", {
      input: { asOf: JANUARY, seed: 5, params: STRONG },
    })
  ).trainAndCompare.id;

/** Kills the only worker when `reached` holds, lets another one finish the run. */
async function killedAt(
  reached: (id: string) => Promise<unknown>,
  release: () => Promise<unknown>,
): Promise<FinishedRun> {
  const victim = await cluster.start("worker");
  if ((await cluster.sql("select 1 from snapshots")).length === 0) {
    const ingest = await api.finished(await startIngest(api, "january", JANUARY));
    expect(ingest.error).toBeNull();
  }
  const id = await begin();
  await reached(id);
  await victim.kill();
  await release();
  const survivor = await cluster.start("worker");
  const run = await api.finished(id, 120_000);
  await survivor.stop();
  return run;
}

const promotions = () =>
  cluster.sql("select version from stage_transitions where to_stage = 'PRODUCTION' order by id");
const versions = async () =>
  (await cluster.sql("select version from model_versions order by 1")).map(({ version }) => version);
const waiting = (id: string) =>
  until(
    "the run waits for its turn to promote",
    async () => {
      const [run] = await cluster.sql("select error from runs where id = $1", [id]);
      if (run!.error) throw new Error(`the run failed: ${JSON.stringify(run!.error)}`);
      const rows = await cluster.sql("select 1 from pg_locks where locktype = 'advisory' and not granted");
      return rows.length > 0;
    },
    120_000,
  );

it("killed between training and promoting, it is promoted by another process, once, with no version twice", async () => {
  const blocker = await cluster.session();
  await blocker.query(`select pg_advisory_lock(${PROMOTION})`);
  const run = await killedAt(waiting, () => blocker.query(`select pg_advisory_unlock(${PROMOTION})`));
  expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, result: { decision: "PROMOTED" } });
  expect(run.steps.map(({ name, attempt }) => [name, attempt])).toEqual([
    ["train GRADIENT_BOOSTING", 1],
    ["train LOGISTIC_REGRESSION", 1],
    ["compare", 1],
    ["promote", 2],
  ]);
  expect(await promotions()).toEqual([{ version: 1 }]);
  expect(await versions()).toEqual([1, 2]);
});

it("killed between the promotion's commit and its checkpoint, it is not promoted twice", async () => {
  const [turn, steps] = [await cluster.session(), await cluster.session()];
  await turn.query(`select pg_advisory_lock(${PROMOTION})`);
  const run = await killedAt(
    async (id) => {
      await waiting(id);
      // Without its steps the worker gets no further than the commit.
      await steps.query("begin; lock table run_steps in share row exclusive mode");
      await turn.query(`select pg_advisory_unlock(${PROMOTION})`);
      await until("it is promoted", async () => (await promotions()).length === 2);
    },
    () => steps.query("commit"),
  );
  expect(run).toMatchObject({
    status: "SUCCEEDED",
    result: { decision: "PROMOTED", candidate: { version: 3 } },
  });
  expect(run.steps.at(-1)).toMatchObject({ name: "promote", attempt: 2 });
  expect(await promotions()).toEqual([{ version: 1 }, { version: 3 }]);
  expect(await versions()).toEqual([1, 2, 3, 4]);
});

it("what one process trained, another makes again: identical", async () => {
  const worker = await cluster.start("worker");
  const [trained] = await cluster.sql("select run_id::text as id from model_versions where version = 1");
  const { reproduce } = await api.query("mutation($id: ID!) { reproduce(runId: $id) { id } }", {
    id: trained!.id,
  });
  const run = await api.finished(reproduce.id, 120_000);
  expect(run.result).toMatchObject({ identical: true, differences: [], complete: true });
  await worker.stop();
});
