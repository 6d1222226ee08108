/**
 * npm run bench:runs -- [runs=100000] [points=5000000] [rounds=5]: what PostgreSQL spends on one page of runs, on its first page and
 * in the middle of the list, for every order and filter, and on counting; times are those of EXPLAIN ANALYZE, planning
 * included. The statements are those the service sends: its store is called, its queries explained.
 */
import "reflect-metadata";
import { readFileSync } from "node:fs";
import { migrateDatabase } from "../src/db/database.js";
import { encodeCursor } from "../src/db/page.js";
import { createPool, type Pool, type Queryable } from "../src/db/pool.js";
import { definitions } from "../src/definitions/index.js";
import type { MetricOrder, RunFilter, RunOrder } from "../src/registry/run.js";
import { RunLists } from "../src/registry/run-lists.js";
import { runQuery } from "../src/registry/run-query.js";
import { hardware, loadAverage, median } from "./support/measure.js";
import { onServer, startScratchServer } from "./support/scratch-database.js";
import { seedRuns } from "./support/seed-runs.js";

const runs = Number(process.argv[2] ?? 100_000);
const points = Number(process.argv[3] ?? 5_000_000);
const rounds = Number(process.argv[4] ?? 5);
const LIMIT_MS = 50;
const PAGE = 50;
const UNIT = { ms: "ms", cpuMs: "CPU ms" } as const;

const ORDERS: (RunOrder | MetricOrder)[] = [
  "CREATED_DESC",
  "CREATED_ASC",
  "DURATION_DESC",
  { name: "auc", direction: "DESC" },
  { name: "loss", direction: "ASC" },
];

/** Common, rare, none at all; alone, together, and against the order of the list. */
const FILTERS: Record<string, RunFilter> = {
  none: {},
  "kind, 8 of 10": { kind: "TRAIN" },
  "status, 1 of 97": { status: "FAILED" },
  "status, 1 of 5003": { status: "CANCELLED" },
  "status, none": { status: "RUNNING" },
  actor: { actor: "actor_7" },
  "model and asOf": { model: "model_3", asOf: "2021-01-25" },
  "created within a day": {
    createdFrom: new Date("2024-01-10T00:00:00Z"),
    createdBefore: new Date("2024-01-11T00:00:00Z"),
  },
  "param, 1 of 2": { params: [{ name: "algorithm", value: "GRADIENT_BOOSTING" }] },
  "param, 1 of 20": { params: [{ name: "hyperparameters.trees", value: 500 }] },
  "param, 1 of 9999": { params: [{ name: "hyperparameters.l2", value: 17 }] },
  "param exists, in all": { params: [{ name: "hyperparameters.leaves" }] },
  "param exists, in none": { params: [{ name: "no.such" }] },
  "three params": {
    params: [
      { name: "seed", value: 7 },
      { name: "hyperparameters.leaves", value: 8 },
      { name: "hyperparameters.min_leaf_rows", value: 7 },
    ],
  },
  "tag, 1 of 5": { tags: [{ name: "team", value: "team_2" }] },
  "tag, oldest hundredth": { tags: [{ name: "era", value: "first" }] },
  "metric, upper half": { metric: { name: "f1", min: 0.5 } },
  "metric, 1 of 1000": { metrics: [{ name: "f1", min: 0.4, max: 0.401 }] },
  "metric exists, 1 of 1000": { metrics: [{ name: "rare_metric" }] },
  "FAILED with auc above any of them": { status: "FAILED", metrics: [{ name: "auc", min: 0.65 }] },
  "param 1 of 2, tag 1 of 5, two metrics": {
    params: [{ name: "algorithm", value: "LOGISTIC_REGRESSION" }],
    tags: [{ name: "team", value: "team_1" }],
    metrics: [
      { name: "f1", min: 0.9 },
      { name: "auc", min: 0.69 },
    ],
  },
  "kind and param that never meet": {
    kind: "INGEST",
    params: [{ name: "algorithm", value: "LOGISTIC_REGRESSION" }],
  },
};

interface Measured {
  order: string;
  filter: string;
  what: "first page" | "middle" | "count";
  ms: number;
  cpuMs: number;
}

/** Explains every statement before it is sent, and adds up what PostgreSQL says and what its process's CPU says. */
class Explained {
  ms = 0;
  cpuMs = 0;
  readonly #schedule: Promise<string>;

  constructor(private readonly pool: Pool) {
    this.#schedule = pool
      .query<{ pid: number }>("select pg_backend_pid() as pid")
      .then(({ rows }) => `/proc/${rows[0]!.pid}/schedstat`);
  }

  readonly query = (async (text: string, values: unknown[]) => {
    const schedule = await this.#schedule;
    const before = cpuNs(schedule);
    const { rows } = await this.pool.query(`explain (analyze, timing off, format json) ${text}`, values);
    this.cpuMs += (cpuNs(schedule) - before) / 1e6;
    const plan = rows[0]["QUERY PLAN"][0];
    this.ms += plan["Planning Time"] + plan["Execution Time"];
    return this.pool.query(text, values);
  }) as unknown as Queryable["query"];

  reset(): void {
    this.ms = 0;
    this.cpuMs = 0;
  }
}

/** Of one process, as the kernel counts it. */
const cpuNs = (schedule: string): number => Number(readFileSync(schedule, "utf8").split(" ")[0]);

const server = await startScratchServer();
try {
  await onServer(server.url, "create database bench_runs");
  const url = server.at("bench_runs");
  await migrateDatabase(url, definitions);
  const pool = createPool(url, 1);
  try {
    await seedRuns(pool, runs, points);
    print(await measureAll(pool));
  } finally {
    await pool.end();
  }
} finally {
  await server.stop();
}

async function measureAll(pool: Pool): Promise<Measured[]> {
  const explained = new Explained(pool);
  const lists = new RunLists(explained);
  const measured: Measured[] = [];
  for (const [filter, where] of Object.entries(FILTERS)) {
    for (const order of ORDERS) {
      const middle = await middleOf(pool, where, order);
      const asked = {
        "first page": () => lists.list(where, order, { first: PAGE }),
        ...(middle && { middle: () => lists.list(where, order, { first: PAGE, after: middle }) }),
        count: () => lists.count(where, order),
      };
      for (const [what, ask] of Object.entries(asked)) {
        const times: number[] = [];
        const cpu: number[] = [];
        for (let round = 0; round < rounds; round++) {
          explained.reset();
          await ask();
          times.push(explained.ms);
          cpu.push(explained.cpuMs);
        }
        const name = typeof order === "string" ? order : `${order.name} ${order.direction}`;
        measured.push({
          order: name,
          filter,
          what: what as Measured["what"],
          ms: median(times),
          cpuMs: median(cpu),
        });
      }
    }
  }
  return measured;
}

/** The cursor half-way down the list; null where the list has less than two rows. */
async function middleOf(
  pool: Pool,
  filter: RunFilter,
  order: RunOrder | MetricOrder,
): Promise<string | null> {
  const { from, where, range, values, key, tie, direction, label } = runQuery(filter, order);
  const { rows } = await pool.query<{ key: string; id: string }>(
    `with list as materialized (
       select ${key} as key, ${tie} as id from ${from} where ${[...where, ...range].join(" and ") || "true"}
     )
     select key::text, id from list order by list.key ${direction}, id ${direction}
     offset (select count(*) / 2 from list) limit 1`,
    values,
  );
  return rows[0] ? encodeCursor([label, rows[0].key, rows[0].id]) : null;
}

function print(measured: Measured[]): void {
  console.log(
    `${hardware()}, embedded PostgreSQL 18, ${new Date().toISOString().slice(0, 10)}, ${loadAverage()}`,
  );
  console.log(
    `${runs} runs, ${points} metric points, pages of ${PAGE}, medians of ${rounds}: first page · middle · count`,
  );
  printTable(measured, "ms");
  printTable(measured, "cpuMs");
  for (const field of ["ms", "cpuMs"] as const) {
    for (const what of ["page", "count"]) {
      const some = measured.filter((m) => (m.what === "count") === (what === "count"));
      const worst = some.reduce((a, b) => (b[field] > a[field] ? b : a));
      const over = some.filter((m) => m[field] > LIMIT_MS).length;
      console.log(
        `\n${UNIT[field]}, ${what}s: ${some.length} measured, median ${median(some.map((m) => m[field])).toFixed(2)}, greatest ${worst[field].toFixed(1)} (${worst.filter}, ${worst.order}, ${worst.what}), ${over} above ${LIMIT_MS}`,
      );
    }
  }
}

function printTable(measured: Measured[], field: "ms" | "cpuMs"): void {
  const orders = [...new Set(measured.map(({ order }) => order))];
  const cell = (filter: string, order: string) =>
    ["first page", "middle", "count"]
      .map(
        (what) => measured.find((m) => m.filter === filter && m.order === order && m.what === what)?.[field],
      )
      .map((ms) => (ms === undefined ? "–" : ms > LIMIT_MS ? `**${ms.toFixed(1)}**` : ms.toFixed(1)))
      .join(" · ");
  console.log(`\n| ${UNIT[field]} | ${orders.join(" | ")} |\n|---|${orders.map(() => "---").join("|")}|`);
  for (const filter of Object.keys(FILTERS)) {
    console.log(`| ${filter} | ${orders.map((order) => cell(filter, order)).join(" | ")} |`);
  }
}
