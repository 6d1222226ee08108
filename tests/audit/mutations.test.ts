import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { verifyChain } from "../../src/audit/verify.js";
import { createPool } from "../../src/db/pool.js";
import { SECRET } from "../alerts/receiver.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { ask, operate } from "../support/ask.js";
import { until } from "../support/until.js";
import { entriesSince, lastEntry } from "./entries.js";

let app: TestApp;
const ADMIN = "the-admins-token-of-this-test";
const tokens = new Map([["admin", ADMIN]]);

/** What one operation left. */
async function logged(query: string, as = "admin") {
  const before = await lastEntry(app);
  const answer = await operate(app, query, tokens.get(as));
  return { answer, entries: await entriesSince(app, before) };
}

beforeAll(async () => {
  app = await startTestApp({ role: "api", config: { adminToken: ADMIN, alertAllowHosts: ["127.0.0.1"] } });
});
afterAll(() => app?.stop());

describe("a mutation", () => {
  it("is on record when it is asked for and when it is answered: who, what, by which request", async () => {
    const id = randomUUID();
    const { answer, entries } = await logged(
      `mutation { createRun(input: { id: "${id}", name: "mine" }) { id } }`,
    );
    const common = {
      ...{ actor: "admin", role: "admin", request_id: answer.headers.get("x-request-id") },
      ...{ action: "createRun", subject: `run ${id}`, code: null },
    };
    expect(entries).toMatchObject([
      { ...common, outcome: "ASKED", answers: null, details: { args: { input: { id, name: "mine" } } } },
      { ...common, outcome: "DONE", answers: entries[0]!.id, details: { answer: { id, status: "RUNNING" } } },
    ]);
  });

  it("that makes a token has its role, and never its secret", async () => {
    const { answer, entries } = await logged(
      'mutation { createToken(name: "ci", role: VIEWER) { secret token { name } } }',
    );
    const { secret } = answer.body.data.createToken;
    tokens.set("viewer", secret);
    expect(entries[1]).toMatchObject({
      ...{ subject: "token ci", outcome: "DONE" },
      details: { before: null, after: { role: "viewer", createdBy: "admin", revokedAt: null } },
    });
    expect(JSON.stringify(entries)).not.toContain(secret);
  });

  it("that changes something has what it was before and what it is now", async () => {
    const set = (cron: string) =>
      `mutation { setSchedule(input: { name: "nightly", cron: "${cron}", kind: VERIFY_PARITY, params: {} }) { name } }`;
    const made = await logged(set("0 3 * * *"));
    expect(made.entries[1]).toMatchObject({
      ...{ subject: "schedule nightly", outcome: "DONE" },
      details: { before: null, after: { cron: "0 3 * * *", paused: false } },
    });
    const moved = await logged(set("0 4 * * *"));
    expect(moved.entries[1]!.details).toMatchObject({
      ...{ before: { cron: "0 3 * * *" }, after: { cron: "0 4 * * *" } },
    });
    const gone = await logged('mutation { deleteSchedule(name: "nightly") { name } }');
    expect(gone.entries[1]!.details).toMatchObject({ before: { cron: "0 4 * * *" }, after: null });
  });

  it("of an alert rule, or of a message that is sent again, has both", async () => {
    const set = (on: string) =>
      `mutation { setAlertRule(input: { name: "own", on: [${on}], channel: WEBHOOK, options: {
        url: "http://127.0.0.1:9/secret-path", secret: "ALERT_SECRET" } }) { name } }`;
    vi.stubEnv("ALERT_SECRET", SECRET);
    const made = await logged(set("RUN_FAILED"));
    expect(made.entries[1]!.details).toMatchObject({
      ...{ before: null, after: { triggers: { RUN_FAILED: {} }, channel: "WEBHOOK", actor: "admin" } },
    });
    expect(JSON.stringify(made.entries)).not.toContain("secret-path");
    const changed = await logged(set("DRIFT"));
    expect(changed.entries[1]!.details).toMatchObject({
      before: { triggers: { RUN_FAILED: {} } },
      after: { triggers: { DRIFT: {} } },
    });
    const [dead] = await app.sql(
      `insert into alert_deliveries (rule, event, key, channel, message, state, attempts)
       values ('own', 'RUN_FAILED', '1', 'WEBHOOK', '{}', 'DEAD', 15) returning id`,
    );
    const again = await logged(`mutation { retryAlertDelivery(id: "${dead!.id}") { id } }`);
    expect(again.entries[1]).toMatchObject({
      subject: `alert ${dead!.id}`,
      details: { before: { rule: "own", state: "DEAD", attempts: 15 }, after: { rule: "own" } },
    });
    const gone = await logged('mutation { deleteAlertRule(name: "own") { name } }');
    expect(gone.entries[1]!.details).toMatchObject({ before: { triggers: { DRIFT: {} } }, after: null });
    vi.unstubAllEnvs();
  });

  it("that deletes old runs says which they were, and what stayed", async () => {
    const { answer } = await logged('mutation { createRun(input: { name: "old" }) { id } }');
    const { id } = answer.body.data.createRun;
    await app.sql(
      "update runs set status = 'SUCCEEDED', finished_at = now() - interval '9 days' where id = $1",
      [id],
    );
    const of = async (dryRun: boolean) =>
      (await logged(`mutation { applyRunRetention(keepDays: 7, dryRun: ${dryRun}) { dryRun } }`)).entries[1];
    const told = { runs: 1, runIds: [id], artifacts: 0, bytesFreed: 0, kept: [], more: false };
    expect(await of(true)).toMatchObject({ outcome: "DONE", details: { answer: { dryRun: true, ...told } } });
    expect(await of(false)).toMatchObject({
      outcome: "DONE",
      details: { answer: { dryRun: false, ...told } },
    });
    expect(await app.sql("select 1 from runs where id = $1", [id])).toEqual([]);
  });

  it("of retention says that it was a trial, and what it would drop", async () => {
    const { entries } = await logged("mutation { applyRetention(keepMonths: 1, dryRun: true) { limit } }");
    expect(entries[1]).toMatchObject({ outcome: "DONE", details: { answer: { dryRun: true, dropped: [] } } });
  });

  it("that the caller's role does not allow is on record as refused", async () => {
    const { answer, entries } = await logged('mutation { revokeToken(name: "ci") { name } }', "viewer");
    expect(answer.code).toBe("FORBIDDEN");
    expect(entries).toMatchObject([
      {
        ...{ actor: "ci", role: "viewer", action: "revokeToken", subject: "token ci", outcome: "REFUSED" },
        ...{ code: "FORBIDDEN", answers: null, details: { args: { name: "ci" } } },
      },
    ]);
  });

  it("that is refused is soon answered, however much was sent with it", async () => {
    const before = await lastEntry(app);
    const reason = "a".repeat(15e6);
    const cpu = process.cpuUsage();
    const answer = await ask(app.asof.address, "/graphql", {
      ...{ method: "POST", token: tokens.get("viewer"), headers: { "content-type": "application/json" } },
      body: JSON.stringify({
        query: "mutation ($reason: String!) { rollback(reason: $reason) { version } }",
        variables: { reason },
      }),
    });
    const { user, system } = process.cpuUsage(cpu);
    expect(answer.code).toBe("FORBIDDEN");
    const [entry, ...others] = await entriesSince(app, before);
    expect([entry?.outcome, others]).toEqual(["REFUSED", []]);
    expect(entry!.details.args.reason).toMatch(/^… of 15000000 characters, SHA-256 [0-9a-f]{64}$/);
    expect((user + system) / 1e6).toBeLessThan(3);
  });

  it("that is forced and refused has its reason, and the code it was refused with", async () => {
    const { entries } = await logged(
      'mutation { promote(input: { version: 9, force: true, reason: "it is late" }) { version } }',
    );
    expect(entries).toMatchObject([
      {
        ...{ subject: "model churn version 9", outcome: "ASKED" },
        details: { args: { input: { force: true, reason: "it is late" } } },
      },
      { outcome: "REFUSED", code: "MODEL_NOT_FOUND", answers: entries[0]!.id },
    ]);
  });

  it("about a person has neither their key nor what quotes it", async () => {
    const { answer, entries } = await logged(
      'mutation { eraseUser(userId: "nobody-of-here", reason: "request 7") { id } }',
    );
    expect(answer.code).toBe("BAD_USER_INPUT");
    expect(entries).toMatchObject([
      { action: "eraseUser", details: { args: { userId: { length: 14 }, reason: "request 7" } } },
      { outcome: "REFUSED", code: "BAD_USER_INPUT", details: {} },
    ]);
    expect(JSON.stringify(entries)).not.toContain("nobody-of-here");
  });

  it("of somebody who is not known is none", async () => {
    const { answer, entries } = await logged("mutation { scanDeliveries }", "nobody");
    expect([answer.code, entries]).toEqual(["UNAUTHENTICATED", []]);
  });

  it("is one entry pair a field, in their order", async () => {
    const { entries } = await logged(
      'mutation { a: createRun(input: { name: "a" }) { id } b: createRun(input: { name: "b" }) { id } }',
    );
    expect(entries.map(({ outcome, answers }) => [outcome, answers])).toEqual([
      ["ASKED", null],
      ["DONE", entries[0]!.id],
      ["ASKED", null],
      ["DONE", entries[2]!.id],
    ]);
  });
});

describe("a log that cannot be written", () => {
  const rename = (from: string, to: string) =>
    app.sql(`alter function ${from}(jsonb) rename to ${to.replace(/.*\./, "")}`);
  const unwritable = () => rename("asof_append_audit", "asof_append_audit_away");
  const writable = () => rename("asof_append_audit_away", "asof_append_audit");

  it("has the mutation refused, and nothing done", async () => {
    const id = randomUUID();
    await unwritable();
    const answer = await operate(app, `mutation { createRun(input: { id: "${id}" }) { id } }`, ADMIN).finally(
      writable,
    );
    expect([answer.code, answer.message]).toEqual([
      "SERVICE_UNAVAILABLE",
      expect.stringMatching(/^the audit log cannot be written: /),
    ]);
    expect(await app.sql("select 1 from runs where id = $1", [id])).toEqual([]);
  });

  it("has a mutation that is done meanwhile not acknowledged: it stays without an answer", async () => {
    const id = randomUUID();
    const before = await lastEntry(app);
    const runs = await app.hold("runs");
    const answer = operate(app, `mutation { createRun(input: { id: "${id}" }) { id } }`, ADMIN);
    await until("it waits for the table", async () => {
      const waiting = await app.sql(
        "select 1 from pg_locks where not granted and relation = 'runs'::regclass",
      );
      return waiting.length > 0;
    });
    await unwritable();
    await runs.release();
    expect((await answer.finally(writable)).code).toBe("SERVICE_UNAVAILABLE");
    expect(await app.sql("select 1 from runs where id = $1", [id])).toHaveLength(1);
    expect(await entriesSince(app, before)).toMatchObject([{ action: "createRun", outcome: "ASKED" }]);
  });
});

it("the log is as it was written, after all of it, with what has no answer", async () => {
  const pool = createPool(app.url, 1);
  const report = await verifyChain(pool, null).finally(() => pool.end());
  expect(report).toMatchObject({ unanswered: 1, problems: [] });
});
