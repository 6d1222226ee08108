import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { ErasureStore } from "../../../src/features/erasure/erasure-store.js";
import { derivedRunId } from "../../../src/jobs/engine/derived-run-id.js";
import { connectClient, Dispatcher, type RunClient } from "../../../src/jobs/engine/dispatcher.js";
import { JobService } from "../../../src/jobs/job-service.js";
import { runKinds } from "../../../src/jobs/run-kinds.js";
import { type ScheduleClock, ScheduleFiring } from "../../../src/jobs/schedules/schedule-firing.js";
import { createStores } from "../../../src/jobs/stores.js";
import { createMigratedDatabase, type TestDatabase } from "../../support/database.js";
import { testing as definitions } from "../../support/deployment/testing.js";

// A day of a schedule that comes due each minute, on a clock that is put back and forward. Its runs are queued for
// real; no engine executes them.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STEP_MS = MINUTE_MS;
const MIDNIGHT = Date.parse("2024-06-01T00:00:00Z");
const DAY_END = MIDNIGHT + 24 * HOUR_MS;

/** What the clock is set by, the first time it shows this hour of the day. */
const SET: [hour: number, byMs: number][] = [
  [3, -HOUR_MS],
  [6, 90 * MINUTE_MS],
  // As NTP corrects it, within the minute.
  [9, -20_000],
  [10, 10_000],
  [12, -3 * HOUR_MS],
  [18, 2 * HOUR_MS],
];

/**
 * Time passes as far as it is waited for, so that a day takes as long as its work. Nothing comes due until a minute before
 * the next step: that time is slept through at once.
 */
class SetClock implements ScheduleClock {
  #shown = MIDNIGHT - 1_000;
  readonly #settings = [...SET];
  /** How far it was put forward, from and to. */
  readonly jumps: [from: number, to: number][] = [];
  readonly dayEnded: Promise<void>;
  #endDay = () => {};

  constructor(private readonly watch: (shown: number) => void) {
    this.dayEnded = new Promise((resolve) => {
      this.#endDay = resolve;
    });
  }

  now(): number {
    return this.#shown;
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#shown >= DAY_END) {
      this.#endDay();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return;
    }
    await nextTurn();
    this.#shown = Math.max(this.#shown + ms, Math.ceil(this.#shown / STEP_MS) * STEP_MS - MINUTE_MS);
    const [next] = this.#settings;
    if (next && this.#shown >= MIDNIGHT + next[0] * HOUR_MS) {
      this.#settings.shift();
      if (next[1] > 0) this.jumps.push([this.#shown, this.#shown + next[1]]);
      this.#shown += next[1];
    }
    this.watch(this.#shown);
  }
}

let database: TestDatabase;
let pool: Pool;
let client: RunClient;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 4);
  client = await connectClient(database.url);
});
afterAll(async () => {
  await client?.destroy();
  await pool?.end();
  await database?.drop();
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
function heapMegabytes(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

it("over a day, each step starts one run, whatever the clock is set to meanwhile; rows and memory stay bounded", async () => {
  for (const [name, cron, catchUp] of [
    ["catches up", "* * * * *", true],
    ["leaves out", "*/10 * * * *", false],
  ]) {
    await pool.query(
      `insert into run_schedules (name, cron, timezone, kind, params, catch_up, actor, due_at)
       values ($1, $2, 'UTC', 'VERIFY_PARITY', '{}', $3, 'tester', $4)`,
      [name, cron, catchUp, new Date(MIDNIGHT)],
    );
  }
  // As many as are kept, of the days before.
  await pool.query(
    `insert into run_schedule_firings (name, scheduled_for, settled)
     select 'catches up', $1::timestamptz - n * interval '5 minutes', true from generate_series(1, 1001) n`,
    [new Date(MIDNIGHT)],
  );
  let heapAtOne = 0;
  const clock = new SetClock((shown) => {
    if (heapAtOne === 0 && shown >= MIDNIGHT + HOUR_MS) heapAtOne = heapMegabytes();
  });
  const { runs, snapshots } = createStores(pool);
  /** What the clock showed when a run was asked for. */
  const askedAt = new Map<string, number[]>();
  const jobs = (runId: string) => {
    askedAt.set(runId, [...(askedAt.get(runId) ?? []), clock.now()]);
    return new JobService(new Dispatcher(pool, client, runId), {
      definitions,
      snapshots,
      runs,
      erasures: new ErasureStore(pool, definitions),
      dataDir: "no deliveries",
      readsData: true,
      kinds: runKinds,
    });
  };
  const firing = new ScheduleFiring(pool, jobs, pino({ level: "silent" }), clock);
  firing.start();
  await clock.dayEnded;
  await firing.stop();

  // The midnight at its end, too, where it was seen.
  const steps = Array.from({ length: 24 * 60 + 1 }, (_, step) => MIDNIGHT + step * STEP_MS);
  const jumpOver = (at: number) => clock.jumps.find(([from, to]) => at >= from && at <= to);
  // Up to 15 s late is not missed.
  const leftOut = (at: number) => {
    const jump = jumpOver(at);
    return jump !== undefined && jump[1] - at > 15_000;
  };
  for (const [name, expected] of [
    ["catches up", steps],
    ["leaves out", steps.filter((at) => at % (10 * MINUTE_MS) === 0 && !leftOut(at))],
  ] as const) {
    const stepOf = new Map(
      steps.map((at) => [derivedRunId(`sched-${name}-${new Date(at).toISOString()}`, "run"), at]),
    );
    const started = await pool.query<{ id: string }>("select id from runs where actor = $1", [
      `schedule:${name}`,
    ]);
    const startedFor = started.rows.map(({ id }) => stepOf.get(id) ?? -1).sort((a, b) => a - b);
    expect(startedFor.filter((at) => at < DAY_END)).toEqual(expected.filter((at) => at < DAY_END));
    for (const [id, step] of stepOf) {
      const asked = askedAt.get(id) ?? [];
      expect(asked.length).toBeLessThanOrEqual(1);
      const due = jumpOver(step)?.[1] ?? step;
      // At once where it is awake, with its next look where the clock was set.
      for (const at of asked)
        expect([name, step, at >= step && at - due <= 5_000]).toEqual([name, step, true]);
    }
  }
  const { rows } = await pool.query<{ firings: number; settled: boolean }>(
    `select count(*)::int as firings, bool_and(settled) as settled from run_schedule_firings
     where name = 'catches up'`,
  );
  expect(rows).toEqual([{ firings: 1_001, settled: true }]);
  expect(heapMegabytes() - heapAtOne).toBeLessThan(4);
}, 300_000);
