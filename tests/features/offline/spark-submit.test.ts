import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runSpark, type SparkWork } from "../../../src/features/offline/spark/spark-submit.js";
import { sparkSubmit } from "../../support/engines.js";
import { until } from "../../support/until.js";

/** Two executors in processes of their own, as on two machines. */
const MASTER = "local-cluster[2,1,1024]";

interface Found {
  pid: number;
  group: number;
  command: string;
}

/** The processes of the job whose folder this is, and of its group. */
function processesOf(folder: string): Found[] {
  const all = execFileSync("ps", ["-eo", "pid=,pgid=,args="], { maxBuffer: 1 << 26 })
    .toString()
    .split("\n")
    .flatMap((line): Found[] => {
      const [, pid, group, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid ? [{ pid: Number(pid), group: Number(group), command: command! }] : [];
    });
  const groups = new Set(all.filter(({ command }) => command.includes(folder)).map(({ group }) => group));
  return all.filter(({ group }) => groups.has(group));
}

describe.skipIf(sparkSubmit === null)("a job of Spark", () => {
  let folder: string;
  const messages: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "asof-spark-test-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Each row takes a while: there is time to kill something. */
  const slow = (milliseconds: number): SparkWork => ({
    name: "slow",
    files: new Map(),
    steps: [
      {
        name: "numbers",
        sql: `select id, cast(reflect('java.lang.Thread', 'sleep', cast(${milliseconds} as bigint)) as string) as slept from range(0, 40, 1, 40)`,
        isReused: false,
      },
    ],
    result: "select id, slept from numbers order by id",
  });
  const run = (name: string, work: SparkWork, signal: AbortSignal) =>
    runSpark(
      work,
      { submit: sparkSubmit!, master: MASTER, memory: "1GB", folder: join(folder, name) },
      signal,
      async (message) => void messages.push(message),
    );
  const executors = (name: string) =>
    processesOf(join(folder, name)).filter(({ command }) => command.includes("CoarseGrainedExecutorBackend"));
  const none = (name: string) =>
    until("nothing is left of it", async () => processesOf(join(folder, name)).length === 0, 60_000);

  it("goes on without an executor that is killed", async () => {
    const running = run("executor", slow(300), new AbortController().signal);
    const [first] = await until(
      "two executors run",
      async () => {
        const found = executors("executor");
        return found.length === 2 && found;
      },
      300_000,
    );
    process.kill(first!.pid, "SIGKILL");
    expect((await readdir(await running)).filter((name) => name.endsWith(".parquet")).length).toBeGreaterThan(
      0,
    );
    expect(messages).toEqual([]);
    await none("executor");
  }, 600_000);

  it("begins again where it is killed as a whole, and leaves what the second attempt wrote", async () => {
    const running = run("killed", slow(100), new AbortController().signal);
    await until("its executors run", async () => executors("killed").length > 0, 300_000);
    for (const { pid } of processesOf(join(folder, "killed"))) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {} // it ended with another one
    }
    expect(await running).toBe(join(folder, "killed", "attempt-2", "rows"));
    expect(messages).toEqual([expect.stringMatching(/^spark-submit was killed \(.*\); attempt 2 of 3$/)]);
    await none("killed");
  }, 600_000);

  it("ends with everything it started when its run is cancelled", async () => {
    const cancel = new AbortController();
    const running = run("cancelled", slow(2_000), cancel.signal);
    const failed = expect(running).rejects.toThrow("cancelled by somebody");
    await until("its executors run", async () => executors("cancelled").length > 0, 300_000);
    cancel.abort(new Error("cancelled by somebody"));
    await failed;
    await none("cancelled");
  }, 600_000);

  it("ends by itself when whoever began it is gone", async () => {
    const cancel = new AbortController();
    const running = run("orphan", slow(3_000), cancel.signal).catch((error: Error) => error);
    await until("its executors run", async () => executors("orphan").length > 0, 300_000);
    // As a machine that vanished with its folder: nobody says any more that it lives.
    await rm(join(folder, "orphan", "attempt-1", "alive"));
    const ended = await running;
    expect((ended as Error).message).toMatch(/^spark-submit ended with code 75?/);
    await none("orphan");
    cancel.abort();
  }, 600_000);

  it("fails with what is wrong with its statements", async () => {
    const broken = { ...slow(0), result: "select nothing from nowhere" };
    await expect(run("broken", broken, new AbortController().signal)).rejects.toThrow(/nowhere/);
  }, 300_000);
});

it("says what to install where there is no spark-submit", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asof-spark-test-"));
  const place = { submit: "no-such-spark-submit", master: "local", memory: "1GB", folder };
  const work = { name: "none", files: new Map(), steps: [], result: "select 1" };
  await expect(runSpark(work, place, new AbortController().signal, async () => {})).rejects.toThrow(
    /the engine spark needs "no-such-spark-submit", .* install Spark 4 and Java 17 \(pip install pyspark\), or name it in SPARK_SUBMIT/,
  );
  await rm(folder, { recursive: true, force: true });
});
