/**
 * npm run bench:mlflow -- [runs=100000] [rounds=5] [batches=20]: MLflow's protocol, asof beside MLflow's own server, in turns: log-batch
 * of 1 000 metrics a call, and searches among that many runs. Each figure is a median of milliseconds on the clock and of CPU
 * time, of all processes of a side. Needs `npm run test:clients -- mlflow3` once, for its environment of Python.
 *
 * asof runs as it is built, over an embedded PostgreSQL; MLflow as `mlflow server` runs it, with one worker, over SQLite or over
 * what MLFLOW_BACKEND names. Only SQLite is filled with runs to search.
 */
import { migrateDatabase } from "../src/db/database.js";
import { createPool, type Pool } from "../src/db/pool.js";
import { definitions } from "../src/definitions/index.js";
import { startServer } from "./serving/server.js";
import { cpuSecondsOfTree, databaseCpuMeter } from "./support/cpu.js";
import { programOf, startForeign } from "./support/foreign-server.js";
import { command, conditions } from "./support/measure.js";
import { onServer, startScratchServer } from "./support/scratch-database.js";
import { type Contestant, compareInTurns, TURNS_HEAD } from "./support/turns.js";

const [runs, rounds, batches] = [100_000, 5, 20].map((preset, place) =>
  Number(process.argv[place + 2] ?? preset),
) as [number, number, number];
const METRICS = 1_000;
const SEARCHES: Readonly<Record<string, object>> = {
  "the newest 100": { max_results: 100 },
  "the newest 1 000": { max_results: 1_000 },
  "auc above 0.9, 100 of a tenth": { max_results: 100, filter: "metrics.auc > 0.9" },
  "a parameter and a metric, 100 of a hundredth": {
    max_results: 100,
    filter: "params.p0 = '6' AND metrics.auc > 0.5",
  },
  "a tag of one run in 20 000": { max_results: 100, filter: "tags.rare LIKE 'rare%'" },
  "100 by auc": { max_results: 100, order_by: ["metrics.auc DESC"] },
};

/** A server that is measured. */
interface Side extends Contestant {
  address: string;
  experiment: string;
  run: string;
}
/** Of what is asked here. */
interface Answer {
  experiment_id: string;
  run: { info: { run_id: string } };
  runs?: { info: { run_name: string } }[];
}

const mlflow = programOf("mlflow3", "mlflow");
const database = await startScratchServer();
const { home, at } = database;
const stops: (() => Promise<void>)[] = [database.stop];
try {
  await onServer(database.url, "create database bench_mlflow");
  await migrateDatabase(at("bench_mlflow"), definitions);
  const pool = createPool(at("bench_mlflow"), 1);
  stops.push(() => pool.end());
  const sides = [await startAsof(), await startMlflow()];
  console.log(`${conditions()}; ${runs} runs, ${rounds} rounds of ${batches} calls\n\n${TURNS_HEAD}`);
  const batch = { rounds, calls: batches };
  await compareInTurns(`log-batch, ${METRICS} metrics`, sides, batch, (side, call) =>
    post(side, "runs/log-batch", { run_id: side.run, metrics: metricsOf(call) }),
  );
  await Promise.all([seedAsof(pool, sides[0]!.experiment), seedMlflow(sides[1]!.experiment)]);
  for (const [what, search] of Object.entries(SEARCHES)) {
    const found = await Promise.all(sides.map((side) => namesOf(side, search)));
    if (JSON.stringify(found[0]) !== JSON.stringify(found[1]))
      throw new Error(
        `${what}: the two find different runs: ${found.map((names) => names.slice(0, 5)).join(" | ")}`,
      );
    const few = { rounds, calls: Math.max(1, Math.floor(batches / 4)) };
    await compareInTurns(`search: ${what}`, sides, few, (side) =>
      post(side, "runs/search", { ...search, experiment_ids: [side.experiment] }),
    );
  }
} finally {
  for (const stop of stops.reverse()) await stop();
}

/** Ten series, a hundred new steps of each. */
function metricsOf(call: number) {
  return Array.from({ length: METRICS }, (_, place) => ({
    key: `m${place % 10}`,
    value: ((place * 7919 + call) % 1_009) / 1_009,
    timestamp: 1_700_000_000_000 + call,
    step: (call + 1) * (METRICS / 10) + Math.floor(place / 10),
  }));
}

async function post(
  { name, address }: Pick<Side, "name" | "address">,
  path: string,
  body: object,
): Promise<Answer> {
  const answer = await fetch(`${address}/api/2.0/mlflow/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 200)
    throw new Error(`${name}: ${path} answered ${answer.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

async function namesOf(side: Side, search: object): Promise<string[]> {
  const { runs = [] } = await post(side, "runs/search", { ...search, experiment_ids: [side.experiment] });
  return runs.map(({ info }) => info.run_name);
}

/** With an experiment to search and a run to log to. */
async function prepared(side: Omit<Side, "experiment" | "run">): Promise<Side> {
  const { experiment_id: experiment } = await post(side, "experiments/create", { name: "bench" });
  const { run } = await post(side, "runs/create", { experiment_id: "0", start_time: 1 });
  return { ...side, experiment, run: run.info.run_id };
}

async function startAsof(): Promise<Side> {
  const env = { ...database.env, DATABASE_URL: at("bench_mlflow"), ASOF_ROLE: "api" };
  const server = await startServer(env);
  stops.push(server.stop);
  const databaseCpu = await databaseCpuMeter(database.url);
  return prepared({
    name: "asof",
    address: `${server.client.address}/mlflow`,
    cpu: () => cpuSecondsOfTree(server.pid) + databaseCpu(),
  });
}

async function startMlflow(): Promise<Side> {
  const store = process.env.MLFLOW_BACKEND ?? `sqlite:///${home}/mlflow.db`;
  const server = await startForeign({
    name: "MLflow",
    file: mlflow,
    args: (port) => [
      ...["server", "--host", "127.0.0.1", "--port", port, "--workers", "1"],
      ...["--backend-store-uri", store, "--artifacts-destination", `${home}/artifacts`],
    ],
    // Jobs are ten processes for what is not measured.
    env: { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false", MLFLOW_DISABLE_TELEMETRY: "true" },
    health: "/health",
  });
  stops.push(server.stop);
  return prepared({ name: "MLflow", ...server });
}

/** What bench/mlflow_seed.py gives the other side, under ids of its own. */
async function seedAsof(db: Pool, experiment: string): Promise<void> {
  await db.query(
    `insert into runs (id, kind, status, actor, created_at, started_at, finished_at, experiment_id, name, params, tags)
     select gen_random_uuid(), 'EXTERNAL', 'SUCCEEDED', 'bench', b.at, b.at, b.at + interval '500 ms', $1::bigint, 'run ' || i,
       (select jsonb_object_agg('p' || k, (i * (k + 3) % 50)::text) from generate_series(0, 4) k),
       jsonb_build_object('team', 'team ' || i % 20, 'rare', case when i % 20000 = 0 then 'rare ' || i / 20000 else 'none' end)
     from generate_series(0, $2::bigint - 1) i cross join lateral (select to_timestamp(1700000000 + i) as at) b`,
    [experiment, runs],
  );
  await db.query(
    `insert into run_metrics (run_id, name, step, value, at)
     select r.id, m.name, 0, (substr(r.name, 5)::bigint * (7919 + m.k - 1) % 100003) / 100003.0, r.started_at
     from runs r, unnest('{auc,f1,loss,precision,recall}'::text[]) with ordinality m(name, k) where r.experiment_id = $1`,
    [experiment],
  );
  await db.query("vacuum analyze");
}

async function seedMlflow(experiment: string): Promise<void> {
  if (process.env.MLFLOW_BACKEND)
    throw new Error("MLFLOW_BACKEND: only SQLite is filled; leave it out to measure searches");
  const python = programOf("mlflow3", "python");
  await command(python, ["bench/mlflow_seed.py", `${home}/mlflow.db`, experiment, String(runs)]);
}
