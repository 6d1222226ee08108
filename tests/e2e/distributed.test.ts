import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import type { FinishedRun, GraphQLClient } from "../support/graphql.js";

/** Set by `npm run test:distributed`, which installs what examples/distributed/requirements.txt lists. */
const python = process.env.TRAINING_PYTHON;
const REAL = "../shared/streamflow";
const JANUARY = "2024-01-31";
const MINUTES = 900_000;
const TOLERANCE = 1e-6;

interface Expected {
  key: string;
  probability: number;
}

describe.skipIf(!python)("examples/distributed, with two workers (npm run test:distributed)", () => {
  let cluster: Cluster;
  let client: GraphQLClient;

  beforeAll(async () => {
    cluster = await startCluster({ empty: true });
    ({ client } = await cluster.start("all", {
      ASOF_DEFINITIONS: resolve("examples/distributed/deployment.ts"),
      DATA_DIR: resolve(existsSync(REAL) ? REAL : "data"),
      SPARK_LOCAL_IP: "127.0.0.1",
    }));
    expect(await client.ingest("month_000", JANUARY)).toMatchObject({ error: null });
  }, 180_000);
  afterAll(() => cluster?.stop());

  async function trained(command: string): Promise<FinishedRun> {
    const { trainExternally } = await client.query(
      "mutation($input: TrainExternallyInput!) { trainExternally(input: $input) { id } }",
      { input: { command, asOf: JANUARY, params: { workers: 2, rounds: 60 }, delta: -1 } },
    );
    const run = await client.finished(trainExternally.id, MINUTES);
    expect(run.error).toBeNull();
    return run;
  }

  const textOf = async ({ artifacts }: Pick<FinishedRun, "artifacts">, name: string) => {
    const { url } = artifacts.find((artifact) => artifact.name === name)!;
    return (await fetch(`${client.address}${url}`)).text();
  };

  /** What the booster gave, which the version's registration was held against. */
  async function expectedOf(version: number): Promise<Expected[]> {
    const { modelVersion } = await client.query(
      `query($version: Int!) { modelVersion(model: "churn", version: $version) { judgedBy { artifacts { name url } } } }`,
      { version },
    );
    return JSON.parse(await textOf(modelVersion.judgedBy, "expected.json"));
  }

  async function expectServed(version: number): Promise<void> {
    const expected = (await expectedOf(version)).slice(0, 2_000);
    expect(expected).toHaveLength(2_000);
    let worst = 0;
    for (let from = 0; from < expected.length; from += 500) {
      const some = expected.slice(from, from + 500);
      const { predictMany } = await client.query(
        "query($users: [ID!]!, $version: Int) { predictMany(userIds: $users, version: $version) { prediction { probability } } }",
        { users: some.map(({ key }) => key), version },
      );
      for (const [index, { prediction }] of predictMany.entries())
        worst = Math.max(worst, Math.abs(prediction.probability - some[index]!.probability));
    }
    console.log(`version ${version}: greatest difference of ${expected.length} predictions ${worst}`);
    expect(worst).toBeLessThanOrEqual(TOLERANCE);
  }

  it.each([
    ["xgboost_dask", /^trained on 2 workers/m],
    ["xgboost_spark", /^trained by 2 tasks/m],
  ])(
    "%s: exported, trained, registered, compared, promoted and served as it was trained",
    async (command, says) => {
      const run = await trained(command);
      expect(run.result).toMatchObject({ decision: "PROMOTED" });
      expect(await textOf(run, "training.log")).toMatch(says);
      console.log(command, "auc", run.result.candidate.auc, "of", run.result.heldOutRows, "rows held out");
      await expectServed(run.result.version);
    },
    MINUTES,
  );
});
