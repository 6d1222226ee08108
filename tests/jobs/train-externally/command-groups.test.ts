import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { endMarked, RUN_MARK } from "../../../src/jobs/train-externally/command-groups.js";
import { CommandOutput } from "../../../src/jobs/train-externally/command-output.js";
import { runCommand } from "../../../src/jobs/train-externally/run-command.js";
import { processCommand } from "../../../src/threads/process-command.js";
import { until } from "../../support/until.js";
import { lives, pidsIn } from "./training-stand.js";

const TINY = join(import.meta.dirname, "tiny-trainer.mjs");
const folder = mkdtempSync(join(tmpdir(), "asof-groups-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A specification that has the tiny trainer do something, and where it notes what it started. */
function specification(does: string): { path: string; note: string; runId: string } {
  const runId = randomUUID();
  const path = join(folder, `${runId}.json`);
  const note = join(folder, `${runId}.pids`);
  writeFileSync(path, JSON.stringify({ trainingSet: { files: [] }, features: [], params: { does, note } }));
  return { path, note, runId };
}

const started = (note: string, count: number) =>
  until(`${count} processes run`, async () => {
    const pids = pidsIn(note);
    return pids.length === count && pids.every(lives) && pids;
  });
const ended = (pids: readonly number[]) => until("they have ended", async () => !pids.some(lives));

describe("what a training command starts", () => {
  it("ends where asof is killed, which closes its end of the pipe", async () => {
    const { path, note, runId } = specification("hang");
    const command = [
      ...processCommand("jobs/train-externally/supervisor.process"),
      "10000",
      process.execPath,
      TINY,
      "none",
      path,
    ];
    const supervisor = spawn(process.execPath, command, {
      env: { PATH: process.env.PATH, [RUN_MARK]: runId },
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    const pids = await started(note, 3);
    supervisor.stdin.destroy();
    await ended([...pids, supervisor.pid!]);
  });

  it("ends though it takes no notice of SIGTERM", async () => {
    const { path, note, runId } = specification("ignore");
    const cancel = new AbortController();
    const command = {
      name: "tiny",
      description: "A test's.",
      command: [process.execPath, TINY, "none"] as const,
    };
    const place = {
      runId,
      folder,
      specification: path,
      variables: {},
      signal: cancel.signal,
      isQuoted: true,
    };
    const running = runCommand(command, { ...place, graceMs: 200 }, new CommandOutput());
    const failed = expect(running).rejects.toThrow("cancelled by somebody");
    const pids = await started(note, 2);
    cancel.abort(new Error("cancelled by somebody"));
    await failed;
    await ended(pids);
  });

  it.skipIf(!existsSync("/proc/self/environ"))("is found by the id of its run, and by no other", async () => {
    const [mine, others] = [randomUUID(), randomUUID()];
    const sleeper = (runId: string) =>
      spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
        env: { [RUN_MARK]: runId },
        stdio: "ignore",
        detached: true,
      });
    const [left, other] = [sleeper(mine), sleeper(others)];
    // From here on each has its own environment, not the one it was forked from.
    await until("they run", async () => [left, other].every(({ pid }) => isNode(pid!)));
    await endMarked(mine);
    await ended([left.pid!]);
    expect(lives(other.pid!)).toBe(true);
    await endMarked(others);
    await ended([other.pid!]);
  });
});

const isNode = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("setInterval");

describe("the output of a training command", () => {
  it("is cut into lines that any database holds, of bounded length", () => {
    const output = new CommandOutput();
    output.add(Buffer.from("one\r\ntwo\u0000 \u001b[1mbold\u001b[0m\n\n"));
    const euro = Buffer.from("€");
    output.add(euro.subarray(0, 1));
    output.add(euro.subarray(1));
    output.add(Buffer.from("x".repeat(10_000)));
    output.end();
    expect(output.lastLines.split("\n")).toEqual(["one", "two bold", `€${"x".repeat(499)}`]);
    expect(output.takeMessage()).toBe(output.lastLines);
    expect(output.takeMessage()).toBeNull();
  });

  it("is counted where it is more than one event has lines", () => {
    const output = new CommandOutput();
    output.add(Buffer.from(Array.from({ length: 50 }, (_, index) => `${index}\n`).join("")));
    expect(output.takeMessage()!.split("\n").slice(-2)).toEqual(["19", "and 30 more lines"]);
  });
});
