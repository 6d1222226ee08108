import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import type { TestProcess } from "../support/process.js";

/** For a machine that has other things to do, where the largest operation takes seconds; without limits it is minutes. */
const SOON_MS = 15_000;
const RUNS = 1_000;

let cluster: Cluster;
let asof: TestProcess;
beforeAll(async () => {
  cluster = await startCluster();
  asof = await cluster.start("all", { REQUEST_TIMEOUT_MS: "20000" });
  writeDelivery(cluster.dataDir, "month", smallDelivery(userIds(200)));
  expect(await asof.client.ingest("month", "2024-01-31")).toMatchObject({ error: null });
  const trained = await asof.client.train({ asOf: "2024-01-31", params: { trees: 5, min_leaf_rows: 5 } });
  expect(trained.error).toBeNull();
  await asof.client.query(
    'mutation { promote(input: { version: 1, force: true, reason: "for the test" }) { stage } }',
  );
  // As many runs as a page holds, with events and a series each.
  await cluster.sql(
    `insert into runs (id, kind, status, params, actor, environment, experiment_id)
     select gen_random_uuid(), 'EXTERNAL', 'RUNNING', '{}', 'somebody', '{}', 0 from generate_series(1, ${RUNS})`,
  );
  await cluster.sql(
    `insert into run_events (run_id, kind, at, type, status, message)
     select id, kind, clock_timestamp(), 'LOG', status, 'something happened' from runs, generate_series(1, 5)`,
  );
  await cluster.sql(
    `insert into run_metrics (run_id, name, step, value, at)
     select id, 'loss', step, 0.5, clock_timestamp() from runs, generate_series(1, 5) step where kind = 'EXTERNAL'`,
  );
});
afterAll(() => cluster?.stop());

const aliases = (count: number, field: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => `m${n}: ${field(n)}`).join(" ");
const ofRuns = (fields: string) => `{ runs(first: 1000) { nodes { ${fields} } } }`;

interface Probe {
  path: string;
  ms: number;
  status: number;
}

/** What must be answered, asked for all the time until it is stopped. */
function watch(address: string): { stop(): Promise<Probe[]> } {
  const probes: Probe[] = [];
  let stopped = false;
  const ask = async (path: string, body?: unknown) => {
    while (!stopped) {
      const since = performance.now();
      const response = await fetch(`${address}${path}`, {
        signal: AbortSignal.timeout(2 * SOON_MS),
        ...(body
          ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
          : {}),
      }).catch(() => null);
      await response?.text();
      probes.push({ path, ms: performance.now() - since, status: response?.status ?? 0 });
      await delay(50);
    }
  };
  const user = userIds(1)[0];
  const all = [
    ask("/health"),
    ask("/ready"),
    ask("/metrics"),
    ask("/predict", { user_id: user }),
    ask("/graphql", { query: `{ predict(userId: "${user}") { probability } }` }),
  ];
  return {
    stop: async () => {
      stopped = true;
      await Promise.all(all);
      return probes;
    },
  };
}

function expectAnswered(probes: readonly Probe[]): void {
  expect(new Set(probes.map(({ path }) => path)).size).toBe(5);
  expect(probes.filter(({ status, ms }) => status !== 200 || ms > SOON_MS)).toEqual([]);
}

/** The codes a document is answered with, `ok` for data. */
async function post(query: string): Promise<string> {
  const { data, errors } = await asof.client.raw(query);
  return errors?.[0]?.extensions.code ?? (data ? "ok" : "nothing");
}

it("the document that froze the process, and its kin, are refused with what to do, while all else is answered", async () => {
  const watched = watch(asof.client.address);
  const documents = [
    ofRuns(aliases(99, () => "events(first: 1) { id }")),
    ofRuns(aliases(99, (n) => `events(first: ${n + 1}) { id }`)),
    ofRuns(aliases(99, (n) => `metricHistory(name: "loss", first: ${n + 1}) { value }`)),
    ofRuns(aliases(99, (n) => `quarantined(first: ${n + 1}) { nodes { line } }`)),
    ofRuns(aliases(99, () => "quarantined { totalCount }")),
    ofRuns(aliases(60, () => "children { id metrics { value } }")),
    `{ models { versions { ${aliases(60, (n) => `live(labelAsOf: "2024-01-31", since: "2024-01-0${(n % 9) + 1}T00:00:00Z") { auc }`)} } } }`,
    `{ models { versions { ${aliases(60, () => "shadowComparison { predictions }")} } } }`,
    `{ users(first: 1000) { nodes { ${aliases(99, (n) => `features(asOf: "2024-01-${String((n % 28) + 1).padStart(2, "0")}") { json }`)} } } }`,
    `{ users(first: 1000) { nodes { ${aliases(99, () => "prediction { contributions { feature } }")} } } }`,
  ];
  for (let round = 0; round < 3; round++) {
    const codes = await Promise.all(documents.map(post));
    expect(codes).toEqual(documents.map(() => "QUERY_TOO_COMPLEX"));
  }
  const error = await asof.client.error(documents[0]!);
  expect(error.message).toMatch(
    /^cost: at most 500000 was expected; got \d+; ask for smaller pages, nest fewer lists/,
  );
  expectAnswered(await watched.stop());
}, 120_000);

it("what passes the limits just so, asked for by many at once, leaves health, metrics and predictions answered", async () => {
  const watched = watch(asof.client.address);
  const documents = [
    ofRuns(aliases(18, (n) => `events(first: 1, after: "${n}") { id }`)),
    ofRuns(aliases(18, (n) => `metricHistory(name: "loss", first: 1, afterStep: ${n}) { value }`)),
    ofRuns(aliases(15, (n) => `quarantined(first: 1, source: "s${n}") { nodes { line } }`)),
    ofRuns(
      "steps { name } metrics { name } latestMetrics { name } artifacts { name } children { id } modelVersion { version }",
    ),
    `{ ${aliases(20, (n) => `snapshotDiff(from: "2024-01-31", to: "2024-01-31") { identical views { name features { name psi } } } x${n}: health { status }`)} }`,
  ];
  const codes = await Promise.all(Array.from({ length: 6 }, () => documents.map(post)).flat());
  const probes = await watched.stop();
  expectAnswered(probes);
  const known = new Set(["ok", "SERVICE_BUSY", "REQUEST_TIMEOUT"]);
  expect(codes.filter((code) => !known.has(code))).toEqual([]);
  expect(codes).toContain("ok");
}, 180_000);
