import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, withTransaction } from "../../src/db/pool.js";
import { RunStore } from "../../src/registry/run-store.js";
import { RunTracker } from "../../src/registry/run-tracker.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  writeDelivery(app.dataDir, "month", smallDelivery(userIds(12_000)));
});
afterAll(() => app?.stop());

interface Event {
  type: string;
  status: string;
  step: string | null;
  message: string;
  progress: number | null;
  data: Record<string, unknown> | null;
}
const eventsOf = (runId: string) =>
  app.sql<Event>(
    "select type, status, step, message, progress, data from run_events where run_id = $1 order by id",
    [runId],
  );

/** The order of what happened, without progress and remarks. */
const skeleton = (events: Event[]) =>
  events
    .filter(({ type }) => type === "STATUS" || type === "STEP")
    .map(({ type, status, step }) => (type === "STATUS" ? status : `${step} ${status}`));

const around = (steps: string[]) => [
  "QUEUED",
  "RUNNING",
  ...steps.flatMap((step) => [`${step} RUNNING`, `${step} SUCCEEDED`]),
  "SUCCEEDED",
];

describe("events of a run", () => {
  it("tell of each step of an ingest when it starts and when it ends, and how fast staging is", async () => {
    const run = await app.client.ingest("month", "2024-01-31");
    const events = await eventsOf(run.id);
    expect(skeleton(events)).toEqual(
      around(["fingerprint", "compare", "stage", "validate", "hash", "publish", "materialize"]),
    );
    const staging = events.filter(({ type, step }) => type === "PROGRESS" && step === "stage");
    expect(staging.length).toBeGreaterThan(0);
    expect(staging.at(-1)!.message).toMatch(/^[a-z_0-9]+: \d+ rows staged, \d+ rows\/s$/);
    expect(staging.at(-1)!.data!.rowsPerSecond).toBeGreaterThan(0);
    const shares = staging.map(({ progress }) => progress!);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
  });

  it("tell of a materialization", async () => {
    const { materialize } = await app.client.query('mutation { materialize(asOf: "2024-01-31") { id } }');
    await app.client.finished(materialize.id);
    expect(skeleton(await eventsOf(materialize.id))).toEqual(around(["materialize"]));
  });

  it("tell of a training: its steps, how fast it is, and its metrics", async () => {
    const run = await app.client.train({ asOf: "2024-01-31", params: { trees: 150, leaves: 31 } });
    const events = await eventsOf(run.id);
    expect(skeleton(events)).toEqual(around(["fit", "register"]));
    const growing = events.filter(({ type, data }) => type === "PROGRESS" && data?.phase);
    expect(growing.length).toBeGreaterThan(0);
    expect(growing.at(-1)!.message).toMatch(/: \d+ of \d+ [a-z]+, \d+ [a-z]+\/s/);
    expect(events.find(({ type }) => type === "METRIC")).toMatchObject({
      step: "register",
      data: { auc: expect.any(Number), f1: expect.any(Number) },
    });
  });

  it("tell of a failure: the step that failed, then the run", async () => {
    const broken = smallDelivery(userIds(3));
    broken.labels![1] = "U-00000,perhaps";
    writeDelivery(app.dataDir, "broken", broken);
    const run = await app.client.ingest("broken", "2024-02-29");
    const events = await eventsOf(run.id);
    expect(skeleton(events).slice(-3)).toEqual(["validate RUNNING", "validate FAILED", "FAILED"]);
    expect(events.at(-1)).toMatchObject({
      message: `failed: ${run.error!.message}`,
      data: { code: "VALIDATION_FAILED", step: "validate" },
    });
  });
});

describe("event ids", () => {
  it("grow in the order events become visible: a reader that polls by cursor misses none of many writers'", async () => {
    const { rows } = {
      rows: await app.sql<{ id: string }>("select id from runs where kind = 'INGEST' limit 1"),
    };
    const runId = rows[0]!.id;
    const [{ last }] = (await app.sql("select max(id)::text as last from run_events")) as [{ last: string }];
    const [writers, perWriter] = [25, 40];
    const pool = createPool(app.url, writers + 1);
    const store = new RunStore(pool);
    let writing = true;
    const read: { id: string; message: string }[] = [];
    const reader = (async () => {
      for (let after = last; ; ) {
        const done = !writing;
        const [page = []] = await store.events([runId], after, 200);
        read.push(...page);
        after = page.at(-1)?.id ?? after;
        if (done && page.length === 0) return;
      }
    })();
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let n = 0; n < perWriter; n++) {
          await withTransaction(pool, async (tx) => {
            // Work before and after: transactions begin and commit in every order.
            await tx.query("select count(*) from run_events");
            await new RunTracker(tx).event(runId, { type: "LOG", message: `${writer}:${n}` });
            if (n % 3 === 0) await tx.query("select count(*) from users");
            if (n % 10 === 9) throw new Error("rolled back");
          }).catch((error: Error) => {
            if (error.message !== "rolled back") throw error;
          });
        }
      }),
    );
    writing = false;
    await reader;
    await pool.end();
    const expected = Array.from({ length: writers }, (_, w) =>
      Array.from({ length: perWriter }, (_, n) => `${w}:${n}`).filter((_, n) => n % 10 !== 9),
    ).flat();
    expect(read.map(({ message }) => message).sort()).toEqual(expected.sort());
    expect(new Set(read.map(({ id }) => id)).size).toBe(expected.length);
    for (let w = 0; w < writers; w++) {
      const own = read
        .map(({ message }) => message.split(":").map(Number))
        .filter(([writer]) => writer === w);
      expect(own.map(([, n]) => n)).toEqual([...own.map(([, n]) => n)].sort((a, b) => a! - b!));
    }
  });
});

describe("what an attempt says after a later one has taken its place", () => {
  it("is dropped: it neither ends the run nor its steps, nor starts any", async () => {
    const tracker = new RunTracker({
      query: (text: any, values: any) =>
        app.sql(text, values).then((rows) => ({ rows, rowCount: rows.length })),
    } as never);
    const id = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
    await tracker.create({ id, kind: "INGEST", params: {}, actor: "tester" });
    const [stale, current] = [
      { runId: id, attempt: 1 },
      { runId: id, attempt: 2 },
    ];
    expect(await tracker.start(stale, {}, null)).toBe(true);
    await tracker.fail(stale, { code: "CONFLICT", message: "gone", step: null });
    expect(await tracker.requeue(id, "tester")).toBe(2);
    expect(await tracker.start(current, {}, null)).toBe(true);
    expect(await tracker.stepStarted(current, "stage", 0)).toBe(true);
    const before = await eventsOf(id);
    expect([
      await tracker.start(stale, {}, null),
      await tracker.stepStarted(stale, "stage", 0),
      await tracker.stepEnded(stale, "stage", "FAILED", "no"),
      await tracker.succeed(stale, {}),
      await tracker.fail(stale, { code: "CONFLICT", message: "no", step: null }),
    ]).toEqual([false, false, false, false, false]);
    expect(await eventsOf(id)).toEqual(before);
    expect(await tracker.stepEnded(current, "stage", "SUCCEEDED", "staged")).toBe(true);
    expect(await tracker.succeed(current, {})).toBe(true);
    expect(skeleton(await eventsOf(id)).slice(-3)).toEqual(["stage RUNNING", "stage SUCCEEDED", "SUCCEEDED"]);
  });
});
