import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import { learnableMonth } from "../support/months.js";
import { startProcess, type TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

/** Linux where it shares the processor among sessions, and a user who may lower PostgreSQL's. */
const applies = existsSync("/proc/self/autogroup") && process.getuid?.() === 0;
const PRODUCTION = { NODE_ENV: "production" };

let cluster: Cluster;
let inOwnSession: TestProcess | undefined;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await inOwnSession?.kill();
  await cluster?.stop();
});

/** Of a process, and of its session's autogroup; null where it is in none, as what has never made a session. */
function nicenessOf(pid: number): { own: number; group: number | null } {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const own = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
  const group = /nice (-?\d+)/.exec(readFileSync(`/proc/${pid}/autogroup`, "latin1"));
  return { own, group: group && Number(group[1]) };
}

async function backends() {
  const rows = await cluster.sql<{ pid: number }>(
    "select pid from pg_stat_activity where application_name = 'asof' and datname = current_database() and pid <> pg_backend_pid()",
  );
  return rows.flatMap(({ pid }) => {
    try {
      return [nicenessOf(pid)];
    } catch {
      return []; // gone meanwhile
    }
  });
}

it.skipIf(!applies)(
  "of runs are the lowest, of their server processes' sessions too; of requests they stay as they are",
  async () => {
    const asof = await cluster.start("all", PRODUCTION);
    writeDelivery(cluster.dataDir, "2024-01-31", learnableMonth());
    expect((await asof.client.ingest("2024-01-31", "2024-01-31")).error).toBeNull();
    await asof.client.query("{ users(first: 1) { totalCount } }");
    await until("every lowered process is in a lowered group", async () => {
      const lowered = (await backends()).filter(({ own }) => own === 19);
      return lowered.length > 0 && lowered.every(({ group }) => group === 19);
    });
    const others = (await backends()).filter(({ own }) => own !== 19);
    expect(others.length).toBeGreaterThan(0);
    for (const { own, group } of others) expect({ own, group }).toEqual({ own: 0, group: 0 });
    // Its main thread answers requests, and its session may be the operator's shell's.
    expect(nicenessOf(asof.child.pid!)).toEqual(nicenessOf(process.pid));
  },
);

it.skipIf(!applies)("of a worker in a session of its own are the lowest, of its session too", async () => {
  const env = { DATABASE_URL: cluster.url, ASOF_HOME: cluster.dataDir, DATA_DIR: cluster.dataDir };
  inOwnSession = await startProcess(
    { ...env, ASOF_ROLE: "worker", ...PRODUCTION },
    { spawn: (command, args, options) => spawn(command, args, { ...options, detached: true }) },
  );
  await until("its session is lowered", () => nicenessOf(inOwnSession!.child.pid!).group === 19);
  const beside = await cluster.start("worker", PRODUCTION);
  expect(nicenessOf(beside.child.pid!).group).toBe(nicenessOf(process.pid).group);
});
