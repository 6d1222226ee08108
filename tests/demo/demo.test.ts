import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/until.js";

/** `npm run demo` less the build: the same program, on the committed sample data and an embedded server of its own. */
const children: ChildProcess[] = [];

function startDemo(home: string): { child: ChildProcess; output(): string; exited: Promise<number | null> } {
  const child = spawn(process.execPath, [".test-dist/demo/main.js"], {
    env: {
      ...process.env,
      ASOF_DEFINITIONS: "",
      ASOF_HOME: home,
      PORT: "0",
      DATA_DIR: "data",
      DATABASE_URL: "",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (text += chunk));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, output: () => text, exited };
}

async function tellToTheEnd(
  home: string,
): Promise<{ output: string; playground: string; exitCode: number | null }> {
  const demo = startDemo(home);
  const address = await until(
    "the demo serves",
    () => {
      if (demo.child.exitCode !== null) throw new Error(`the demo ended:\n${demo.output()}`);
      return /playground: (http:\S+)/.exec(demo.output())?.[1];
    },
    60_000,
  );
  const response = await fetch(address, { headers: { accept: "text/html" } });
  const playground = await response.text();
  demo.child.kill("SIGTERM");
  return { output: demo.output(), playground, exitCode: await demo.exited };
}

describe("npm run demo", () => {
  const home = mkdtempSync(join(tmpdir(), "asof-demo-"));
  let first: Awaited<ReturnType<typeof tellToTheEnd>>;
  let second: Awaited<ReturnType<typeof tellToTheEnd>>;

  beforeAll(async () => {
    first = await tellToTheEnd(home);
    second = await tellToTheEnd(home);
  }, 180_000);
  afterAll(async () => {
    // Where a limit of time cut the test short, too: the demo serves until it is told to end.
    for (const { exitCode, signalCode, pid } of children)
      if (exitCode === null && signalCode === null) process.kill(pid!, "SIGKILL");
    const server = join(home, "postgres/data/postmaster.pid");
    await until("its server has ended", () => !existsSync(server), 60_000);
    rmSync(home, { recursive: true, force: true });
  });

  it("tells the whole life of a model: ingested, trained, promoted, predicting", () => {
    expect(first.output).toContain("ingest month_000 as of 2024-01-31");
    expect(first.output).toContain("6 files, 42258 rows: 42258 inserted, 0 updated, 0 unchanged");
    expect(first.output).toContain("ingest month_001 as of 2024-02-29");
    expect(first.output).toMatch(/version 1: auc 0\.\d{4}, f1 0\.\d{4}/);
    expect(first.output).toContain("gate min_auc: held-out auc");
    expect(first.output).toMatch(/version 1 says will (stay|churn): probability 0\.\d{4}/);
    expect(first.output).not.toContain("✗");
  });

  it("shows progress within a stage and the time of each", () => {
    expect(first.output).toMatch(/\d+ % {2}stage: \w+: \d+ rows staged, \d+ rows\/s/);
    expect(first.output.match(/✓ \d+\.\d\d s/g)).toHaveLength(5);
  });

  it("keeps serving, with the playground at the address it printed", () => {
    expect(first.playground).toContain("<title>asof");
  });

  it("ends cleanly when it is told to", () => {
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
  });

  it("says that it was stopped where Ctrl-C cuts the story short, and ends with 130", async () => {
    const demo = startDemo(home);
    await until("it tells the story", () => demo.output().includes("ingest month_000"), 60_000);
    demo.child.kill("SIGINT");
    expect(await demo.exited).toBe(130);
    expect(demo.output()).toContain("SIGINT: stopped here; npm run demo goes on from what is done");
    expect(demo.output()).not.toMatch(/✗|failed|rror/);
  });

  it("is safe to run again and says what was already there", () => {
    expect(second.output.match(/already there: the same 6 files, nothing changed/g)).toHaveLength(2);
    expect(second.output).toContain("version 1 trained from this very snapshot is already in Production");
    expect(second.output).not.toContain("train churn");
  });
});
