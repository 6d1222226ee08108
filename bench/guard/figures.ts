import { setTimeout as wait } from "node:timers/promises";
import { userId } from "../support/delivery.js";
import type { Sent, Side } from "./side.js";

/** One round of one side. */
export interface Round {
  /** From 0; both sides have the same. */
  number: number;
  users: number;
  /** Deliveries of the round: a date's first, and the same date's again with other values. */
  asOf: string;
  delivery: string;
  changed: string;
  /** The changed one with another file of payments. */
  corrected: string;
  /** Of the requests; less than 1 to warm up. */
  share: number;
}

/** What is measured, by the public interfaces alone: any two commits are comparable that have them. */
export interface Figure {
  name: string;
  /** What one of it is; CPU seconds are divided by how many `run` says there were, and memory is what it says. */
  unit: "s" | "ms" | "µs" | "MB";
  run(side: Side, round: Round): Promise<number>;
}

const PREDICT =
  "query($userId: ID!) { predict(userId: $userId) { userId prediction probability threshold modelVersion { model version } } }";
const PREDICT_MANY =
  "query($userIds: [ID!]!) { predictMany(userIds: $userIds) { userId prediction { prediction probability } error { code } } }";
const FEATURES_AS_OF =
  "query($userId: ID!, $asOf: Date!) { features(userId: $userId, asOf: $asOf) { json statuses { name status } } }";
const JOIN = "query($rows: [EntityRowInput!]!) { historicalFeatures(rows: $rows) { userId asOf json } }";
const DIFFERENCE =
  "query($from: Date!, $to: Date!) { snapshotDiff(from: $from, to: $to) { identical views { name changed features { name psi } } } }";
const RUNS =
  "{ runs(first: 50) { nodes { id kind status actor createdAt durationMs latestMetrics { name value } } pageInfo { hasNextPage endCursor } totalCount } }";

const graphql = (query: string, variables: Record<string, unknown> = {}): Sent => ({
  method: "POST",
  path: "/graphql",
  body: { query, variables },
});

/** The same users for both sides. */
const someUsers = (count: number, { users, number }: Round): string[] =>
  Array.from({ length: count }, (_, i) => userId((i * 7919 + number * 104_729) % users));

const requests =
  (count: number, make: (user: string, index: number, round: Round) => Sent) =>
  async (side: Side, round: Round): Promise<number> => {
    const users = someUsers(Math.ceil(count * round.share), round);
    await side.send(users.map((user, index) => make(user, index, round)));
    return users.length;
  };

async function succeeded(run: Promise<{ id: string; status: string; error: unknown }>): Promise<number> {
  const { id, status, error } = await run;
  if (status !== "SUCCEEDED") throw new Error(`run ${id} is ${status}: ${JSON.stringify(error)}`);
  return 1;
}

/** A run that a mutation starts. */
async function mutated(side: Side, mutation: string): Promise<number> {
  const data = await side.client.query(`mutation { run: ${mutation} { id } }`);
  return succeeded(side.client.finished(data.run.id, 300_000));
}

const training =
  (algorithm: string, params?: object) =>
  (side: Side, { asOf, number }: Round) =>
    succeeded(side.client.train({ asOf, algorithm, seed: number + 1, ...(params ? { params } : {}) }));

/** Of a server that has just started; then of one that is warm. */
export const START: Figure = {
  name: "start until /ready",
  unit: "s",
  run: async (side) => {
    await side.start();
    return 1;
  },
};

export const FIGURES: readonly Figure[] = [
  {
    name: "a second at rest",
    unit: "ms",
    run: async (_, { share }) => {
      const seconds = Math.ceil(20 * share);
      await wait(seconds * 1_000);
      return seconds;
    },
  },
  { name: "memory at rest", unit: "MB", run: async (side) => side.memory() },
  {
    name: "ingest a month",
    unit: "s",
    run: (side, { delivery, asOf }) => succeeded(side.client.ingest(delivery, asOf)),
  },
  {
    name: "ingest it again, changed",
    unit: "s",
    run: (side, { changed, asOf }) => succeeded(side.client.ingest(changed, asOf)),
  },
  {
    name: "ingest a correction of one file",
    unit: "s",
    run: (side, { corrected, asOf }) => succeeded(side.client.ingest(corrected, asOf)),
  },
  { name: "train logistic regression", unit: "s", run: training("LOGISTIC_REGRESSION") },
  { name: "train random forest", unit: "s", run: training("RANDOM_FOREST", { trees: 40 }) },
  { name: "train gradient boosting", unit: "s", run: training("GRADIENT_BOOSTING", { trees: 60 }) },
  {
    name: "verify parity",
    unit: "s",
    run: (side) => mutated(side, "verifyParity"),
  },
  {
    name: "reproduce (verify the snapshot, train)",
    unit: "s",
    run: async (side) => {
      const { runs } = await side.client.query(
        "{ runs(first: 20, where: { kind: TRAIN, status: SUCCEEDED }) { nodes { id modelVersion { algorithm } } } }",
      );
      const trained = runs.nodes as { id: string; modelVersion: { algorithm: string } | null }[];
      const found = trained.find(({ modelVersion }) => modelVersion?.algorithm === "LOGISTIC_REGRESSION")!;
      return mutated(side, `reproduce(runId: "${found.id}")`);
    },
  },
  {
    name: "export a training set",
    unit: "s",
    run: (side, { asOf }) => mutated(side, `exportTrainingSet(input: { asOfFrom: "${asOf}" })`),
  },
  {
    name: "POST /predict",
    unit: "µs",
    run: requests(2_000, (user) => ({ method: "POST", path: "/predict", body: { user_id: user } })),
  },
  {
    name: "GraphQL predict, known",
    unit: "µs",
    run: requests(2_000, (user) => graphql(PREDICT, { userId: user })),
  },
  {
    name: "GraphQL predict, never seen",
    unit: "µs",
    // Measured again in the next round, it must still not be known.
    run: requests(400, (user, index, { number }) =>
      graphql(`${PREDICT} # ${number}.${index}`, { userId: user }),
    ),
  },
  {
    name: "predictMany of 1 000",
    unit: "ms",
    run: async (side, round) => {
      const batches = Array.from({ length: Math.ceil(15 * round.share) }, (_, i) =>
        someUsers(1_000, { ...round, number: round.number + i }),
      );
      await side.send(batches.map((userIds) => graphql(PREDICT_MANY, { userIds })));
      return batches.length;
    },
  },
  {
    name: "GET /features, now",
    unit: "µs",
    run: requests(2_000, (user) => ({ method: "GET", path: `/features/${user}` })),
  },
  {
    name: "features as of a date",
    unit: "µs",
    run: requests(400, (userId, _, { asOf }) => graphql(FEATURES_AS_OF, { userId, asOf })),
  },
  {
    name: "point-in-time join of 5 000 rows",
    unit: "ms",
    run: async (side, round) => {
      const rows = someUsers(5_000, round).map((user) => ({ userId: user, asOf: round.asOf }));
      await side.send(Array.from({ length: 2 }, () => graphql(JOIN, { rows })));
      return 2;
    },
  },
  {
    name: "difference of two dates",
    unit: "ms",
    run: async (side, { asOf }) => {
      const { snapshots } = await side.client.query("{ snapshots(first: 50) { nodes { asOf } } }");
      const dates: string[] = snapshots.nodes.map((node: { asOf: string }) => node.asOf);
      const from = dates
        .filter((date) => date < asOf)
        .sort()
        .at(-1);
      await side.send([graphql(DIFFERENCE, { from, to: asOf })]);
      return 1;
    },
  },
  { name: "a page of 50 runs", unit: "ms", run: requests(80, () => graphql(RUNS)) },
  { name: "memory after all of it", unit: "MB", run: async (side) => side.memory() },
];

/** What a page of runs is made of: EXTERNAL runs with a metric each. */
export async function seedRuns(side: Side, count: number): Promise<void> {
  const PER_REQUEST = 25;
  for (let from = 0; from < count; from += PER_REQUEST) {
    const places = Array.from({ length: PER_REQUEST }, (_, i) => from + i);
    const created = await side.client.query(
      `mutation { ${places.map((i) => `r${i}: createRun(input: { name: "run ${i}" }) { id }`).join(" ")} }`,
    );
    await side.client.query(
      `mutation { ${places.map((i) => `r${i}: logMetrics(runId: "${created[`r${i}`].id}", metrics: [{ name: "auc", value: 0.${500 + (i % 400)} }]) { id }`).join(" ")} }`,
    );
  }
}

/** A model for the predictions. */
export async function putIntoService(side: Side, asOf: string): Promise<void> {
  const run = await side.client.train({ asOf, algorithm: "GRADIENT_BOOSTING", params: { trees: 60 } });
  const version = run.modelVersion?.version;
  if (version === undefined) throw new Error(`the training failed: ${JSON.stringify(run.error)}`);
  await side.client.query(
    `mutation { promote(input: { version: ${version}, force: true, reason: "to measure" }) { version } }`,
  );
}
