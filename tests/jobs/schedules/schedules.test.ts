import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import { startProcess, type TestProcess } from "../../support/process.js";
import { lessAndLess, until } from "../../support/until.js";

interface Firing {
  scheduledFor: string;
  run: { id: string; kind: string; status: string; actor: string; params: unknown } | null;
  error: { code: string; message: string } | null;
}

const FIELDS = "name cron timezone kind params catchUp paused actor lastFiredAt nextAt";
const SET = `mutation($input: ScheduleInput!) { setSchedule(input: $input) { ${FIELDS} } }`;
const change = (field: string) => `mutation($name: String!) { ${field}(name: $name) { ${FIELDS} } }`;

let app: TestApp;
let worker: TestProcess | undefined;

beforeAll(async () => {
  app = await startTestApp();
  writeDelivery(app.dataDir, "month", smallDelivery(userIds(20)));
  await app.client.ingest("month", "2024-01-31");
});
afterAll(async () => {
  await worker?.kill();
  await app?.stop();
});

const set = (input: Record<string, unknown>) => app.client.query(SET, { input });
const refusal = (input: Record<string, unknown>) => app.client.error(SET, { input });

async function firings(name: string, first = 100): Promise<Firing[]> {
  const { schedules } = await app.client.query<{ schedules: { name: string; firings: Firing[] }[] }>(
    `query($first: Int!) { schedules { name firings(first: $first) {
       scheduledFor run { id kind status actor params } error { code message } } } }`,
    { first },
  );
  return schedules.find((schedule) => schedule.name === name)?.firings ?? [];
}

describe("a schedule", () => {
  it("is listed with when it comes due next, changed by setting it again, and deleted", async () => {
    const monthly = {
      name: "monthly ingest",
      cron: "0 3 1 * *",
      timezone: "Europe/Berlin",
      kind: "INGEST",
      params: { source: "month_{previous_month}", asOf: "{previous_month_end}" },
    };
    const { setSchedule } = await set(monthly);
    expect(setSchedule).toMatchObject({ ...monthly, catchUp: false, paused: false, actor: "tester" });
    const next = new Date(setSchedule.nextAt).toLocaleString("sv", { timeZone: "Europe/Berlin" });
    expect(next).toMatch(/-01 03:00:00$/);
    await app.client.query(change("pauseSchedule"), { name: monthly.name });
    const changed = await set({ ...monthly, cron: "0 4 1 * *", catchUp: true });
    expect(changed.setSchedule).toMatchObject({
      cron: "0 4 1 * *",
      catchUp: true,
      paused: true,
      nextAt: null,
    });
    const { resumeSchedule } = await app.client.query(change("resumeSchedule"), { name: monthly.name });
    expect(resumeSchedule).toMatchObject({ paused: false, nextAt: expect.any(String) });
    await set({ ...monthly, name: "another" });
    expect((await app.client.query("{ schedules(first: 1) { name } }")).schedules).toEqual([
      { name: "another" },
    ]);
    await app.client.query(change("deleteSchedule"), { name: "another" });
    await app.client.query(change("deleteSchedule"), { name: monthly.name });
    const { schedules } = await app.client.query("{ schedules { name } }");
    expect(schedules).toEqual([]);
  });

  it("starts each of its runs once, with two workers watching, and says which", async () => {
    worker = await startProcess({
      DATABASE_URL: app.url,
      ASOF_HOME: app.dataDir,
      DATA_DIR: app.dataDir,
      ASOF_ROLE: "worker",
    });
    await set({ name: "often", cron: "* * * * * *", kind: "VERIFY_PARITY", params: {} });
    await until(
      "it came due four times",
      async () => (await firings("often")).length >= 4,
      30_000,
      lessAndLess,
    );
    await app.client.query(change("pauseSchedule"), { name: "often" });
    const { fired, runs } = await until("each started its run", async () => {
      const fired = await firings("often");
      const runs = await app.sql("select id from runs where actor = 'schedule:often'");
      return fired.every(({ run }) => run !== null) && { fired, runs };
    });
    expect(new Set(fired.map(({ scheduledFor }) => scheduledFor)).size).toBe(fired.length);
    expect(runs.map(({ id }) => id).sort()).toEqual(fired.map(({ run }) => run!.id).sort());
    expect(fired[0]).toMatchObject({ run: { kind: "VERIFY_PARITY", actor: "schedule:often" }, error: null });
  });

  it.each(["pauseSchedule", "deleteSchedule"])(
    "starts nothing any more once %s is answered, with two workers watching",
    async (field) => {
      for (const round of [1, 2, 3, 4, 5]) {
        const name = `${field} ${round}`;
        await set({ name, cron: "* * * * * *", kind: "VERIFY_PARITY", params: {} });
        await until("it came due", async () => (await firings(name)).length > 0);
        await app.client.query(change(field), { name });
        const started = () =>
          app.sql<{ at: Date }>("select created_at as at from runs where actor = $1", [`schedule:${name}`]);
        const atTheAnswer = await started();
        const settledAt = Date.now();
        await until("its next instants are over", async () => Date.now() - settledAt > 2_500);
        expect([name, (await started()).length]).toEqual([name, atTheAnswer.length]);
        if (field === "pauseSchedule") await app.client.query(change("deleteSchedule"), { name });
      }
    },
    120_000,
  );

  it("comes due when nextAt said it would", async () => {
    const { setSchedule } = await set({
      name: "announced",
      cron: "*/2 * * * * *",
      timezone: "Asia/Kathmandu",
      kind: "VERIFY_PARITY",
      params: {},
    });
    const fired = await until("it came due", async () => (await firings("announced")).at(-1));
    expect(fired.scheduledFor).toBe(setSchedule.nextAt);
    await app.client.query(change("deleteSchedule"), { name: "announced" });
  });

  it("starts afterwards what it missed while it was paused, if it is to catch up", async () => {
    const due = (name: string) => firings(name).then((all) => all.map((one) => Date.parse(one.scheduledFor)));
    for (const [name, catchUp] of [
      ["catches up", true],
      ["skips", false],
    ] as const) {
      await set({ name, cron: "* * * * * *", kind: "VERIFY_PARITY", params: {}, catchUp });
      await until(`${name} came due`, async () => (await due(name)).length > 0);
      await app.client.query(change("pauseSchedule"), { name });
    }
    // Workers heed a pause within seconds.
    await until(
      "nothing comes due any more",
      async () => {
        const newest = Math.max(...(await due("catches up")), ...(await due("skips")));
        return Date.now() - newest > 8_000;
      },
      30_000,
      lessAndLess,
    );
    const missedBy = async (name: string) => {
      const before = Math.max(...(await due(name)));
      const resumedAt = Date.now();
      await app.client.query(change("resumeSchedule"), { name });
      await until(`${name} comes due again`, async () => Math.max(...(await due(name))) > resumedAt);
      await app.client.query(change("pauseSchedule"), { name });
      const fired = new Set(await due(name));
      const paused = Array.from(
        { length: Math.ceil((resumedAt - before) / 1_000) - 1 },
        (_, i) => before + (i + 1) * 1_000,
      );
      return { seconds: paused.length, missed: paused.filter((second) => !fired.has(second)).length };
    };
    const caughtUp = await missedBy("catches up");
    expect(caughtUp).toEqual({ seconds: expect.any(Number), missed: 0 });
    expect(caughtUp.seconds).toBeGreaterThan(5);
    const skipped = await missedBy("skips");
    expect(skipped.missed).toBe(skipped.seconds);
  });

  it("says why it could not start a run", async () => {
    await set({
      name: "bad",
      cron: "* * * * * *",
      kind: "INGEST",
      params: { source: "no-such", asOf: "{date}" },
    });
    const fired = await until("it came due", async () => (await firings("bad")).find(({ error }) => error));
    await app.client.query(change("deleteSchedule"), { name: "bad" });
    expect(fired).toMatchObject({ run: null, error: { code: "SOURCE_NOT_FOUND" } });
    expect(fired.error!.message).toContain("no-such");
  });

  it("can be run now, with today's dates", async () => {
    const params = { source: "month", asOf: "{previous_month_end}" };
    await set({ name: "by hand", cron: "0 0 1 1 *", kind: "INGEST", params });
    const { runSchedule } = await app.client.query(
      'mutation { runSchedule(name: "by hand") { id kind actor params } }',
    );
    const end = new Date();
    end.setUTCDate(0);
    expect(runSchedule).toMatchObject({
      kind: "INGEST",
      actor: "tester",
      params: { source: "month", asOf: end.toISOString().slice(0, 10) },
    });
    expect((await app.client.finished(runSchedule.id)).status).toBe("SUCCEEDED");
  });
});

describe("is refused", () => {
  const good = { name: "x", cron: "0 3 * * *", kind: "VERIFY_PARITY", params: {} };

  it.each([
    ["a cron expression that is none", { cron: "every day" }, /^cron: "every day" cannot be used: /],
    [
      "one with a minute 61",
      { cron: "61 * * * *" },
      /^cron: "61 \* \* \* \*" cannot be used: five fields were expected, minute \(0-59\)/,
    ],
    ["a day that never comes", { cron: "0 0 30 2 *" }, /^cron: "0 0 30 2 \*" never holds/],
    ["a time zone nobody knows", { timezone: "Mars/Base" }, /^timezone: an IANA name .* got "Mars\/Base"/],
    ["an empty name", { name: "" }, /^name: up to 100 letters/],
    [
      "a kind that needs a person",
      { kind: "REPRODUCE" },
      /^kind: REPRODUCE runs cannot be scheduled; take one of INGEST, /,
    ],
    [
      "a missing parameter",
      { kind: "INGEST", params: { source: "m" } },
      /^params\.asOf: a date such as 2024-01-31, .* was expected; got undefined/,
    ],
    ["an unknown parameter", { params: { asof: "2024-01-31" } }, /^params: "asof" is unknown/],
    [
      "a date that is none",
      { kind: "MATERIALIZE", params: { asOf: "2024-02-30" } },
      /^params\.asOf: .* got "2024-02-30"/,
    ],
    ["parameters that are no object", { params: [1] }, /^input\.params: an object was expected; got \[1\]/],
  ])("%s", async (_, wrong, message) => {
    expect(await refusal({ ...good, ...wrong })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringMatching(message),
    });
  });

  it("a name that no schedule can have, such as one with a NUL character, is looked up nowhere", async () => {
    const run = "mutation($name: String!) { runSchedule(name: $name) { id } }";
    expect(await app.client.error(run, { name: "a\0b" })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining('got "a\\u0000b"'),
    });
  });

  it.each(["pauseSchedule", "resumeSchedule", "deleteSchedule"])("%s of a name nobody set", async (field) => {
    expect(await app.client.error(change(field), { name: "nobody" })).toMatchObject({
      code: "SCHEDULE_NOT_FOUND",
      message: 'no schedule is named "nobody"; query { schedules { name } } lists them',
    });
  });
});
