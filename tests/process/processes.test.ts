import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCluster } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import { learnableMonth, STRONG, USERS } from "../support/months.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

const PROCESSES = 3;
const PROMOTE =
  'mutation($version: Int!) { promote(input: { version: $version, force: true, reason: "so" }) { version } }';

let shared: Awaited<ReturnType<typeof startCluster>>;
let asof: TestProcess;
beforeAll(async () => {
  shared = await startCluster({ empty: true });
  asof = await shared.start("all", { ASOF_PROCESSES: String(PROCESSES) });
  await everybodyListens();
});
afterAll(() => shared?.stop());

/** A connection of its own: connections go to the processes in turn. */
async function fresh(path: string, body?: unknown): Promise<Response> {
  return fetch(`${asof.client.address}${path}`, {
    method: body ? "POST" : "GET",
    headers: { "content-type": "application/json", connection: "close" },
    body: body ? JSON.stringify(body) : undefined,
  });
}

/** The pids of those that serve, as their log lines say. */
const serving = (): number[] => [
  ...new Set([...asof.output().matchAll(/"pid":(\d+)[^\n]*Server listening/g)].map(([, pid]) => Number(pid))),
];
const everybodyListens = (count = PROCESSES) =>
  until(`${count} processes have listened`, () => serving().length === count);
const answers = async (count: number): Promise<any[]> =>
  Promise.all(
    Array.from({ length: count }, async () =>
      (await fresh("/predict", { user_id: USERS[4] })).json().catch(() => null),
    ),
  );

describe("several processes on one port", () => {
  it("are told of a promotion within a second, all of them, in order", async () => {
    writeDelivery(shared.dataDir, "2024-01-31", learnableMonth());
    expect((await asof.client.ingest("2024-01-31", "2024-01-31")).error).toBeNull();
    for (const seed of [1, 2])
      expect((await asof.client.train({ asOf: "2024-01-31", seed, params: STRONG })).error).toBeNull();
    for (const version of [1, 2]) await asof.client.query(PROMOTE, { version });
    const promotedAt = Date.now();
    await until("every process answers by version 2", async () => {
      const versions = (await answers(PROCESSES * 2)).map((answer) => answer.model?.version);
      return versions.every((version) => version === 2);
    });
    expect(Date.now() - promotedAt).toBeLessThan(1_000);
    const later = await answers(PROCESSES * 2);
    expect(new Set(later.map(({ model }) => model.version))).toEqual(new Set([2]));
    expect(asof.output().match(/"pid":\d+[^\n]*"version":2[^\n]*"serving"/g)).toHaveLength(PROCESSES);
  });

  it("show their metrics added up, whichever is asked", async () => {
    const counted = async () => {
      const text = await (await fresh("/metrics")).text();
      return Number(/asof_predictions_total\{[^}]*version="2"[^}]*outcome="ok"[^}]*\} (\d+)/.exec(text)?.[1]);
    };
    const before = await counted();
    await answers(9);
    expect(await counted()).toBe(before + 9);
    expect(await counted()).toBe(before + 9);
  });

  it("go on without one that dies, which is replaced", async () => {
    const [killed] = serving().slice(-1);
    process.kill(killed!, "SIGKILL");
    await everybodyListens(PROCESSES + 1);
    expect(asof.output()).toContain("a process died; it is replaced");
    const found = await answers(PROCESSES * 3);
    expect(found.map(({ model }) => model.version)).toEqual(found.map(() => 2));
  });

  it("end with the one that started them, leaving nothing behind", async () => {
    expect(await asof.stop()).toBe(0);
    for (const pid of serving()) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    const left = await shared.sql(
      `select pid from pg_stat_activity
       where datname = current_database() and application_name = 'asof' and pid <> pg_backend_pid()`,
    );
    expect(left.length).toBeLessThanOrEqual(3);
  });
});
