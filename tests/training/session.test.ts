import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { BadUserInputError } from "../../src/errors/errors.js";
import { TrainingThreadLostError } from "../../src/errors/training-thread-lost.js";
import { sessionsShare } from "../../src/threads/sessions-share.js";
import { train } from "../../src/training/pipeline.js";
import { emptyArrays, joinTable, memoryOf, partTable } from "../../src/training/session/parted-table.js";
import { trainInSession } from "../../src/training/session/train-in-session.js";
import type { TrainProgress } from "../../src/training/types.js";
import { toJoinedKeys } from "../../src/training/worker-messages.js";
import { until } from "../support/until.js";
import { endless, options } from "./boosting-options.js";
import { MIXED_FEATURES, mixedRows, singleFeature, tableOf } from "./tables.js";

const data = tableOf(MIXED_FEATURES, mixedRows(2000));
const folder = mkdtempSync(join(tmpdir(), "asof-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isLinux = process.platform === "linux";
const read = (file: string): string => {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return ""; // gone meanwhile
  }
};
/** The processes of sessions that `parent` has started and that have not ended. */
function sessionsOf(parent: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && read(`/proc/${pid}/cmdline`).includes("session.process"))
    .filter((pid) => read(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ")[1] === String(parent));
}
afterEach(() => {
  if (isLinux) expect(sessionsOf(process.pid)).toEqual([]);
});

describe("a training in a session of its own", () => {
  it("gives the same model as the calling thread, and says how far it is", async () => {
    const progress: TrainProgress[] = [];
    const result = await trainInSession(data, options, { onProgress: (said) => progress.push(said) });
    const here = train(data, options, () => {});
    expect(result.sha256).toBe(here.sha256);
    expect(Buffer.from(result.onnx)).toEqual(Buffer.from(here.onnx));
    const { train_seconds: _, ...metrics } = result.metrics;
    const { train_seconds: __, ...expected } = here.metrics;
    expect(metrics).toEqual(expected);
    expect(result.reports).toEqual(here.reports);
    expect(progress.at(-1)).toMatchObject({ phase: "refit", done: 20, total: 20, unit: "trees" });
  });

  it("refuses what the table is refused for, and tells of an error", async () => {
    const oneClass = singleFeature("numeric", [
      [1, true],
      [2, true],
    ]);
    const refused = trainInSession(oneClass, options);
    await expect(refused).rejects.toBeInstanceOf(BadUserInputError);
    await expect(refused).rejects.toThrow(/every label is true/);
    await expect(trainInSession(data, { ...options, params: { trees: 0 } })).rejects.toThrow(
      BadUserInputError,
    );
    const labels = data.labels.slice();
    labels[5] = 7;
    await expect(trainInSession({ ...data, labels }, options)).rejects.toThrow(
      "TrainingData.labels holds 7, expected 0 or 1",
    );
  });

  it("ends when it is aborted, with the reason, and starts nothing for who has aborted before", async () => {
    const reason = new Error("cancelled by ada");
    const abort = new AbortController();
    const running = trainInSession(data, endless, {
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    });
    await expect(running).rejects.toBe(reason);
    const before = trainInSession(data, options, { signal: AbortSignal.abort(reason) });
    if (isLinux) expect(sessionsOf(process.pid)).toEqual([]);
    await expect(before).rejects.toBe(reason);
    const late = trainInSession(data, endless, { signal: AbortSignal.timeout(20) });
    await expect(late).rejects.toThrow("timeout");
  });

  it("ends when whoever listens to its progress fails", async () => {
    const running = trainInSession(data, endless, {
      onProgress: () => {
        throw new Error("the log is full");
      },
    });
    await expect(running).rejects.toThrow("the log is full");
  });

  it.runIf(isLinux)("goes on where its whole group is asked to end, as by a service manager", async () => {
    let asked = 0;
    const { sha256 } = await trainInSession(data, options, {
      onProgress: () => {
        for (const pid of sessionsOf(process.pid)) {
          process.kill(-pid, "SIGTERM");
          asked++;
        }
      },
    });
    expect(asked).toBeGreaterThan(0);
    expect(sha256).toBe(train(data, options, () => {}).sha256);
  });

  it.runIf(isLinux)("is lost where its process is killed, and can be retried", async () => {
    const killed = trainInSession(data, endless, {
      onProgress: () => {
        for (const pid of sessionsOf(process.pid)) process.kill(pid, "SIGKILL");
      },
    });
    await expect(killed).rejects.toBeInstanceOf(TrainingThreadLostError);
    await expect(killed).rejects.toThrow(/its process ended with SIGKILL; the run can be retried/);
  });

  it.runIf(isLinux)("ends with the process that asked for it, and leads a session of its own", async () => {
    const file = join(folder, "asks.mjs");
    writeFileSync(
      file,
      `import { trainInSession } from ${built("training/session/train-in-session")};
       import { TrainingDataBuilder } from ${built("training/training-data")};
       const builder = new TrainingDataBuilder([{ name: "x", kind: "numeric" }]);
       for (let row = 0; row < 20000; row++) builder.add("user-" + row, (row * 7) % 3 === 0, [(row * 31) % 1009]);
       await trainInSession(builder.finish(), ${JSON.stringify(endless)}, { onProgress: () => console.log("goes on") });`,
    );
    const asking: ChildProcess = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
    await once(asking.stdout!, "data");
    const [session] = sessionsOf(asking.pid!);
    expect(read(`/proc/${session}/stat`).split(") ").at(-1)!.split(" ")[3]).toBe(String(session));
    asking.kill("SIGKILL");
    await until("it has ended", () => read(`/proc/${session}/cmdline`) === "");
  });
});

/** In production, which changes the priority of this process's threads for good: in a process of its own. */
async function inProduction(program: string, env: Record<string, string> = {}): Promise<string> {
  const file = join(folder, `production-${Object.keys(env).length}.mjs`);
  writeFileSync(file, program);
  const child = spawn(process.execPath, [file], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_ENV: "production", ...env },
  });
  let said = "";
  child.stdout!.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await once(child, "close");
  return said;
}
const built = (name: string) => JSON.stringify(pathToFileURL(`${process.cwd()}/.test-dist/${name}.js`));

describe.runIf(isLinux && sessionsShare())("in production where sessions share the processor", () => {
  it("a large table is trained on in a session that is lowered, a small one in threads, to the same bytes", async () => {
    const said = await inProduction(`
      import { readdirSync, readFileSync } from "node:fs";
      import { trainBesideRequests } from ${built("training/session/train-beside-requests")};
      import { trainInWorker } from ${built("training/train")};
      import { TrainingDataBuilder } from ${built("training/training-data")};
      const options = { algorithm: "LOGISTIC_REGRESSION", seed: 1, testFraction: 0.25, params: {} };
      const features = Array.from({ length: 20 }, (_, i) => ({ name: "f" + i, kind: "numeric" }));
      const table = (rows) => {
        const builder = new TrainingDataBuilder(features);
        for (let row = 0; row < rows; row++)
          builder.add("user-" + row, (row * 7) % 3 === 0, features.map((_, i) => (row * (31 + i)) % 1009));
        return builder.finish();
      };
      const groups = new Set();
      const look = () => {
        for (const pid of readdirSync("/proc").filter(Number)) {
          try {
            const mine = readFileSync("/proc/" + pid + "/stat", "latin1").split(") ").at(-1).split(" ")[1] === String(process.pid);
            if (mine) groups.add(readFileSync("/proc/" + pid + "/autogroup", "latin1").trim().split(" ").slice(1).join(" "));
          } catch {}
        }
      };
      await trainBesideRequests(table(1_000), options, { onProgress: look });
      const small = [...groups];
      const timer = setInterval(look, 5);
      const beside = await trainBesideRequests(table(50_000), options, { onProgress: look });
      clearInterval(timer);
      const here = await trainInWorker(table(50_000), options);
      console.log(JSON.stringify({ small, large: [...groups], same: beside.sha256 === here.sha256 }));`);
    const { small, large, same } = JSON.parse(said);
    expect(small).toEqual([]);
    expect(large).toContain("nice 19");
    expect(same).toBe(true);
  });

  it("a learner that replaces one of asof's is the one that trains", async () => {
    const definitions = join(folder, "replaced.mjs");
    writeFileSync(
      definitions,
      `import { builtInLearners } from ${built("process/front")};
       const given = builtInLearners.find(({ name }) => name === "LOGISTIC_REGRESSION");
       const fit = () => { throw new Error("the replaced one was asked"); };
       const learners = [{ ...given, fits: { BINARY: fit } }];
       export default { learners };`,
    );
    const said = await inProduction(
      `
      import replaced from ${JSON.stringify(pathToFileURL(definitions))};
      import { learners } from ${built("training/learners/registry")};
      import { trainInSession } from ${built("training/session/train-in-session")};
      import { TrainingDataBuilder } from ${built("training/training-data")};
      learners.use(replaced.learners);
      const builder = new TrainingDataBuilder([{ name: "x", kind: "numeric" }]);
      for (let row = 0; row < 200; row++) builder.add("user-" + row, row % 3 === 0, [row % 7]);
      const options = { algorithm: "LOGISTIC_REGRESSION", seed: 1, testFraction: 0.25, params: {} };
      console.log(await trainInSession(builder.finish(), options).catch(({ message }) => message));`,
      { ASOF_DEFINITIONS: definitions },
    );
    expect(said).toContain("the replaced one was asked");
  });
});

describe("a table in parts", () => {
  it("is put together as it was, its arrays in shared memory", () => {
    const table = toJoinedKeys({
      ...data,
      dates: { names: ["2024-01-31", "2024-02-29"], of: new Uint16Array(2000).fill(1) },
      weights: Float64Array.from({ length: 2000 }, (_, i) => i + 0.5),
      weightName: "weight of w",
      classes: ["a", "b"],
    });
    const { numbers, ...parted } = partTable(table);
    expect(() => structuredClone(parted)).not.toThrow();
    const received = emptyArrays(structuredClone(parted));
    for (const [place, each] of numbers.entries()) memoryOf(received[place]!).set(memoryOf(each));
    const joined = joinTable(structuredClone(parted.rest), received) as typeof table;
    expect(joined).toEqual(table);
    expect(joined.numeric.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});
