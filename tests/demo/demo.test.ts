import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Demo, endDemos, startDemo } from "../support/demo.js";
import { until } from "../support/until.js";

/** Of the committed sample data. */
const demos: Demo[] = [];
const start = (home: string): Demo => {
  const demo = startDemo({ ASOF_HOME: home, DATA_DIR: "data" });
  demos.push(demo);
  return demo;
};

async function tellToTheEnd(
  home: string,
): Promise<{ output: string; playground: string; exitCode: number | null }> {
  const demo = start(home);
  const response = await fetch(`${await demo.address()}/graphql`, { headers: { accept: "text/html" } });
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
  }, 300_000);
  afterAll(async () => {
    await endDemos(home, demos);
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
    const demo = start(home);
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
