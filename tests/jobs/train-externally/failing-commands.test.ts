import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { perFeatureModel } from "../../support/onnx.js";
import { until } from "../../support/until.js";
import { lives, pidsIn, TrainingStand } from "./training-stand.js";

// Each starts three runs and a program, which takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const stand = new TrainingStand();

beforeAll(
  () =>
    stand.start(() => [
      stand.tiny("good", perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5)),
      stand.tiny("quick", perFeatureModel({ plan_stream_tv: 2 }, 0), { timeLimitSeconds: 1 }),
      { name: "gone", description: "Not there.", command: [join(stand.folder, "no-such-program")] },
    ]),
  300_000,
);
afterAll(() => stand.stop());

describe("a command that", () => {
  it("fails, fails its run with what it printed last", async () => {
    const run = await stand.trained("good", { params: { does: "fail" } });
    expect(run.error).toMatchObject({ code: "COMMAND_FAILED", step: "train" });
    const lines = run.error!.message.split("\n");
    expect(lines[0]).toBe("the training command good ended with code 3; it printed last:");
    expect(lines.slice(1, -1)).toEqual([
      ...Array.from({ length: 19 }, (_, index) => `line ${82 + index}`),
      "out of luck",
    ]);
    expect(await stand.children(run.id)).toMatchObject([{ kind: "EXTERNAL", status: "FAILED" }]);
    expect(await stand.log(run)).toContain("line 1\n");
    stand.expectNothingLeft();
  });

  it("is not there, fails its run by its name", async () => {
    const run = await stand.trained("gone");
    expect(run.error!.code).toBe("COMMAND_FAILED");
    expect(run.error!.message).toContain("the training command gone ended with code 127");
    expect(run.error!.message).toContain("no-such-program ENOENT");
  });

  it("takes longer than its limit, is ended with all that it started", async () => {
    const note = stand.notes("quick");
    const run = await stand.trained("quick", { params: { does: "hang", note } });
    expect(run.error!.message).toContain("the training command quick was ended: it ran longer than its 1 s");
    stand.expectNothingLeft(pidsIn(note));
  });

  it("leaves processes behind, ends with them, and its model counts", async () => {
    const note = stand.notes("leave");
    const run = await stand.trained("good", { params: { does: "leave", note } });
    expect(run.error).toBeNull();
    expect(pidsIn(note)).toHaveLength(2);
    stand.expectNothingLeft(pidsIn(note));
  });

  it("prints without end, has its last megabyte kept and a bounded number of events", async () => {
    const run = await stand.trained("good", { params: { does: "flood" } });
    expect(run.error).toBeNull();
    const log = await stand.log(run);
    expect(log).toMatch(/^\(\d+ bytes before\)\n/);
    expect(log.length).toBeLessThan(1_100_000);
    const rows = await stand.app.sql<{ message: string }>(
      "select message from run_events where run_id = $1 and type = 'LOG'",
      [run.id],
    );
    const events = rows.map(({ message }) => message);
    expect(events.join("").length).toBeLessThan(500_000);
  });

  it.each([
    ["garbage", "BAD_USER_INPUT", "the model was not registered: its 15 bytes are no ONNX file"],
    ["nothing", "COMMAND_FAILED", "ended well, but wrote no model to output.model of its specification"],
    ["shape", "COMMAND_FAILED", "result.json: metrics.auc: a number was expected"],
  ])("writes %s, fails its run", async (does, code, words) => {
    const run = await stand.trained("good", { params: { does } });
    expect(run.error).toMatchObject({ code, step: "train" });
    expect(run.error!.message).toContain(words);
    expect(await stand.children(run.id)).toMatchObject([{ kind: "EXTERNAL", status: "FAILED" }]);
    stand.expectNothingLeft();
  });

  it("is cancelled, ends with all that it started", async () => {
    const note = stand.notes("cancelled");
    const id = await stand.begin("good", { params: { does: "hang", note } });
    const pids = await until("the command runs", async () => {
      const found = pidsIn(note);
      return found.length === 3 && found;
    });
    expect(pids.filter(lives)).toEqual(pids);
    await stand.app.client.query("mutation($id: ID!) { cancelRun(id: $id) { id } }", { id });
    await until("nothing is left", async () => stand.nothingIsLeft(pids));
    expect(await stand.children(id)).toMatchObject([{ kind: "EXTERNAL", status: "CANCELLED" }]);
  });

  it("failed, is run again by retryRun, as another run of its own", async () => {
    const note = stand.notes("again");
    const run = await stand.trained("good", { params: { does: "garbage", note } });
    await stand.app.client.query("mutation($id: ID!) { retryRun(id: $id) { id } }", { id: run.id });
    const again = await stand.app.client.finished(run.id);
    expect(again).toMatchObject({ status: "FAILED", attempt: 2 });
    expect(await stand.children(run.id)).toMatchObject([
      { kind: "EXTERNAL", status: "FAILED" },
      { kind: "EXTERNAL", status: "FAILED" },
    ]);
  });
});
