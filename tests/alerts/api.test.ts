import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { scrape } from "../support/metrics.js";
import { until } from "../support/until.js";
import { AlertReceiver, SECRET } from "./receiver.js";

const SET = `mutation($input: AlertRuleInput!) {
  setAlertRule(input: $input) { name on params channel options declared actor } }`;
const DELIVERY = "id rule event phase state attempts lastError summary nextAt deliveredAt";

let app: TestApp;
let receiver: AlertReceiver;
beforeAll(async () => {
  vi.stubEnv("ALERT_SECRET", SECRET);
  receiver = await new AlertReceiver().start();
  app = await startTestApp({ config: { alertAllowHosts: ["127.0.0.1"], rateLimitPerSecond: 0 } });
}, 300_000);
afterAll(async () => {
  await app?.stop();
  await receiver?.stop();
  vi.unstubAllEnvs();
});
beforeEach(() => {
  receiver.mood = 204;
  receiver.received.length = 0;
});

const input = (more: Record<string, unknown> = {}) => ({
  name: "on-call",
  on: ["RUN_FAILED"],
  channel: "WEBHOOK",
  options: { url: receiver.url, secret: "ALERT_SECRET" },
  ...more,
});
const set = async (more: Record<string, unknown> = {}) =>
  (await app.client.query(SET, { input: input(more) })).setAlertRule;
const refusal = (more: Record<string, unknown>) => app.client.error(SET, { input: input(more) });
const fail = async () => {
  const { createRun } = await app.client.query("mutation { createRun(input: {}) { id } }");
  await app.client.query(
    `mutation { finishRun(id: "${createRun.id}", status: FAILED, reason: "of u1") { id } }`,
  );
  return createRun.id as string;
};

describe("rules through the API", () => {
  it("are set, told by, changed and deleted: each option with its default, and who set it", async () => {
    await fail();
    expect(
      await set({ on: ["RUN_FAILED", "PROMOTED"], params: { RUN_FAILED: { kinds: ["EXTERNAL"] } } }),
    ).toEqual({
      name: "on-call",
      on: ["PROMOTED", "RUN_FAILED"],
      params: { RUN_FAILED: { kinds: ["EXTERNAL"] }, PROMOTED: { stages: ["PRODUCTION"] } },
      channel: "WEBHOOK",
      options: { url: receiver.url, secret: "ALERT_SECRET", format: "ASOF" },
      declared: false,
      actor: "tester",
    });
    const failed = await fail();
    await until("it is told", () => receiver.received.length > 0);
    // Not of the run that failed before there was the rule.
    expect(receiver.received.map(({ message }) => message.data.runId)).toEqual([failed]);
    expect(JSON.stringify(receiver.received)).not.toContain("of u1");

    expect(await set({ on: ["DRIFT"] })).toMatchObject({ on: ["DRIFT"], params: { DRIFT: {} } });
    expect((await app.client.query("{ alertRules { name } }")).alertRules).toEqual([{ name: "on-call" }]);
    await app.client.query('mutation { deleteAlertRule(name: "on-call") { name } }');
    expect((await app.client.query("{ alertRules { name } }")).alertRules).toEqual([]);
    expect(await app.client.error('mutation { deleteAlertRule(name: "on-call") { name } }')).toMatchObject({
      code: "ALERT_NOT_FOUND",
      message: 'no alert rule is named "on-call"; query { alertRules { name } } lists them',
    });
  });

  it.each([
    [{ name: "" }, /^name: up to 100 letters/],
    [{ name: "a\r\nBcc: x@y.example" }, /^name: up to 100 letters/],
    [{ name: "x".repeat(101) }, /^name: up to 100 letters/],
    [{ on: [] }, /^on: at least one of RUN_FAILED, DRIFT, .* was expected$/],
    [{ params: { DRIFT: {} } }, /^input\.params: "DRIFT" is not among the events of on$/],
    [{ params: { RUN_FAILED: { kind: "INGEST" } } }, /^RUN_FAILED: "kind" is unknown$/],
    [{ on: ["DRIFT"], params: { DRIFT: { above: 2 } } }, /^DRIFT: above: at most 1 was expected$/],
    [{ options: [] }, /^input\.options: an object was expected; got \[\]$/],
    [
      { options: { url: "https://a.example" } },
      /^to: secret: the variable that holds the secret was expected$/,
    ],
    [{ options: { secret: "ALERT_SECRET" } }, /^to: either url or urlFrom was expected$/],
    [
      { options: { url: "file:///etc/passwd", secret: "ALERT_SECRET" } },
      /^to: url: a URL that begins with https/,
    ],
    [
      { options: { url: "https://me:pw@a.example", secret: "ALERT_SECRET" } },
      /^to: url: a URL without user and password was expected/,
    ],
    [
      { options: { url: "https://a.example", secret: "DATABASE_URL" } },
      /^to: secret: a variable's name such as/,
    ],
    [
      { options: { urlFrom: "ASOF_ADMIN_TOKEN", secret: "ALERT_SECRET" } },
      /^to: urlFrom: a variable's name such/,
    ],
    [{ options: { url: "https://a.example", secret: "ALERT_NOT_SET" } }, /^to: ALERT_NOT_SET is not set/],
    [
      { options: { url: "http://169.254.169.254/latest", secret: "ALERT_SECRET" } },
      /^to: 169\.254\.169\.254 is /,
    ],
    [
      { options: { url: "http://[::1]:4000/graphql", secret: "ALERT_SECRET" } },
      /^to: ::1 is ::1, which is no public/,
    ],
    [
      { options: { url: "http://0x7f000002/", secret: "ALERT_SECRET" } },
      /^to: 127\.0\.0\.2 is 127\.0\.0\.2, which/,
    ],
    [
      { options: { url: "https://nowhere.invalid/", secret: "ALERT_SECRET" } },
      /^to: the host nowhere\.invalid is not found/,
    ],
  ])("that cannot be used are refused: %j", async (more, problem) => {
    const { code, message } = await refusal(more);
    expect([code, message]).toEqual(["BAD_USER_INPUT", expect.stringMatching(problem)]);
    expect((await app.client.query("{ alertRules { name } }")).alertRules).toEqual([]);
  });

  it("are two hundred at most", async () => {
    await app.sql(`insert into alert_rules (name, triggers, channel, options, actor, after_event, after_move)
      select 'many ' || i, '{}', 'WEBHOOK', '{}', 'tester', 0, 0 from generate_series(1, 200) i`);
    expect(await refusal({})).toMatchObject({
      code: "CONFLICT",
      message: "there are 200 alert rules already; delete one first",
    });
    await app.sql("delete from alert_rules");
  });

  it("of the definitions are changed there alone", async () => {
    await app.sql(`insert into alert_rules (name, triggers, channel, options, declared, actor, after_event, after_move)
      values ('fixed', '{"DRIFT": {}}', 'WEBHOOK', '{}', true, 'definitions', 0, 0)`);
    const conflict = {
      code: "CONFLICT",
      message: 'the definitions declare the alert rule "fixed": change it there, or take another name',
    };
    expect(await refusal({ name: "fixed" })).toMatchObject(conflict);
    expect(await app.client.error('mutation { deleteAlertRule(name: "fixed") { name } }')).toMatchObject(
      conflict,
    );
    await app.sql("delete from alert_rules");
  });
});

describe("messages through the API", () => {
  it("are tested, listed by state, counted for Prometheus and sent again", async () => {
    await set();
    const test = `mutation { testAlert(rule: "on-call") { ${DELIVERY} } }`;
    expect((await app.client.query(test)).testAlert).toMatchObject({
      ...{ rule: "on-call", event: "TEST", phase: "TEST", state: "DELIVERED", attempts: 1, lastError: null },
      summary: "tester asked for a test of the alert rule on-call",
    });
    receiver.mood = { status: 500, body: "no" };
    const { testAlert: dead } = await app.client.query(test);
    expect(dead).toMatchObject({
      state: "DEAD",
      attempts: 1,
      lastError: "it answers 500: no",
      deliveredAt: null,
    });

    const list = `query($state: AlertDeliveryState) { alertDeliveries(state: $state, rule: "on-call") { ${DELIVERY} } }`;
    expect((await app.client.query(list, { state: "DEAD" })).alertDeliveries).toEqual([dead]);
    const series = await scrape(app.asof.address);
    expect(series.get('asof_alert_deliveries{channel="WEBHOOK",state="DEAD"}')).toBe(1);

    receiver.mood = 204;
    const retry = `mutation { retryAlertDelivery(id: "${dead.id}") { id state } }`;
    expect((await app.client.query(retry)).retryAlertDelivery).toEqual({ id: dead.id, state: "PENDING" });
    await until("it is taken", () => receiver.received.some(({ id }) => id === dead.id));
    await until(
      "it is written",
      async () => (await app.client.query(list, { state: "DEAD" })).alertDeliveries.length === 0,
    );
    expect(await app.client.error(retry)).toMatchObject({ code: "CONFLICT" });
    expect(await app.client.error('mutation { retryAlertDelivery(id: "none") { id } }')).toMatchObject({
      code: "ALERT_NOT_FOUND",
      message: 'no delivery of an alert has the id "none"; query { alertDeliveries { id } } lists them',
    });
  });

  it("hold no secret, in no answer", async () => {
    const all = await app.client.query(
      `{ alertRules { name params options } alertDeliveries { ${DELIVERY} data } }`,
    );
    expect(all.alertDeliveries.length).toBeGreaterThan(1);
    expect(JSON.stringify(all)).not.toContain(SECRET);
  });
});
