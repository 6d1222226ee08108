import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyChain } from "../../src/audit/verify.js";
import { createPool } from "../../src/db/pool.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { ask, operate } from "../support/ask.js";
import { asofHere } from "../support/cli.js";
import { entriesSince, lastEntry } from "./entries.js";

const ADMIN = "the-admins-token-of-this-test";
let app: TestApp;
let viewer = "";
const run = randomUUID();

/** What one request left. */
async function logged(path: string, body: unknown, token = ADMIN, headers: Record<string, string> = {}) {
  const before = await lastEntry(app);
  const answer = await ask(app.asof.address, path, {
    method: "POST",
    token,
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
  return { answer, entries: await entriesSince(app, before) };
}

beforeAll(async () => {
  app = await startTestApp({ role: "api", config: { adminToken: ADMIN } });
  const { body } = await operate(app, 'mutation { createToken(name: "ci", role: VIEWER) { secret } }', ADMIN);
  viewer = body.data.createToken.secret;
  await operate(app, `mutation { createRun(input: { id: "${run}" }) { id } }`, ADMIN);
});
afterAll(() => app?.stop());

describe("a request to a route that writes", () => {
  it("is on record before and after: an upload, without its bytes", async () => {
    const { answer, entries } = await logged(`/runs/${run}/artifacts/notes.txt`, "the bytes", ADMIN, {
      "content-type": "text/plain",
    });
    expect(answer.status).toBe(201);
    const common = {
      ...{ actor: "admin", role: "admin", request_id: answer.headers.get("x-request-id") },
      ...{ action: "POST /runs/:id/artifacts/:name", subject: `run ${run}`, code: null },
    };
    expect(entries).toEqual([
      {
        ...common,
        id: entries[0]!.id,
        outcome: "ASKED",
        answers: null,
        details: { args: { id: run, name: "notes.txt" } },
      },
      { ...common, id: entries[1]!.id, outcome: "DONE", answers: entries[0]!.id, details: {} },
    ]);
  });

  it("that is refused has the code: by its role, and by what it says", async () => {
    const forbidden = await logged(`/runs/${run}/artifacts/notes.txt`, "others", viewer);
    expect(forbidden.entries).toMatchObject([
      { actor: "ci", role: "viewer", outcome: "REFUSED", code: "FORBIDDEN", answers: null },
    ]);
    const conflict = await logged(`/runs/${run}/artifacts/notes.txt`, "others", ADMIN, {
      "content-type": "text/plain",
    });
    expect(conflict.entries).toMatchObject([
      { outcome: "ASKED" },
      { outcome: "REFUSED", code: "CONFLICT", details: { message: expect.stringContaining("notes.txt") } },
    ]);
  });

  it("is on record of MLflow's protocol, one pair a batch", async () => {
    const batch = {
      run_id: run,
      metrics: [{ key: "loss", value: 1, timestamp: 1, step: 0 }],
      tags: [],
      params: [],
    };
    const { entries } = await logged("/mlflow/api/2.0/mlflow/runs/log-batch", batch);
    expect(entries).toMatchObject([
      {
        ...{ action: "POST /mlflow/api/2.0/mlflow/runs/log-batch", subject: `run ${run}`, outcome: "ASKED" },
        details: { args: batch },
      },
      { outcome: "DONE" },
    ]);
    const missing = await logged("/mlflow/api/2.0/mlflow/runs/log-batch", { run_id: "none" });
    expect(missing.entries[1]).toMatchObject({ outcome: "REFUSED", answers: missing.entries[0]!.id });
  });

  it("is on record of Feast's protocol, without keys and values", async () => {
    const df = {
      user_id: ["nobody-of-here"],
      support_tickets_90d: [7],
      event_timestamp: ["2024-02-10T00:00:00Z"],
    };
    const { entries } = await logged("/feast/push", {
      push_source_name: "support_agg_90d",
      df,
      to: "online",
    });
    expect(entries).toMatchObject([
      {
        action: "POST /feast/push",
        subject: "view support_agg_90d",
        details: { args: { df: { count: 3 } } },
      },
      { outcome: expect.stringMatching(/^(DONE|REFUSED)$/) },
    ]);
    expect(JSON.stringify(entries)).not.toContain("nobody-of-here");
  });

  it("that only reads leaves none", async () => {
    const found = await logged("/mlflow/api/2.0/mlflow/runs/search", { experiment_ids: ["0"] }, viewer);
    expect([found.answer.status, found.entries]).toEqual([200, []]);
  });

  it("is not begun, and not acknowledged, where the log cannot be written", async () => {
    await app.sql("alter function asof_append_audit(jsonb) rename to asof_append_audit_away");
    const back = () => app.sql("alter function asof_append_audit_away(jsonb) rename to asof_append_audit");
    const refused = await logged(`/runs/${run}/artifacts/more.txt`, "more", ADMIN, {
      "content-type": "text/plain",
    }).finally(back);
    expect([refused.answer.status, refused.answer.code]).toEqual([503, "SERVICE_UNAVAILABLE"]);
    expect(refused.answer.message).toMatch(/^the audit log cannot be written: /);
    expect(await app.sql("select 1 from artifacts where run_id = $1 and name = 'more.txt'", [run])).toEqual(
      [],
    );
  });
});

describe("asof token", () => {
  const cli = (...args: string[]) => asofHere(["token", ...args], { DATABASE_URL: app.url });

  it("is on record by the machine's user: what was made and what was revoked, never the secret", async () => {
    const before = await lastEntry(app);
    const { out } = await cli("create", "nightly", "--role", "operator");
    await cli("revoke", "nightly");
    const entries = await entriesSince(app, before);
    const common = {
      actor: expect.stringMatching(/^command line \(.+\)$/),
      role: null,
      subject: "token nightly",
    };
    expect(entries).toMatchObject([
      { ...common, action: "token.create", outcome: "ASKED", details: { args: { role: "operator" } } },
      { ...common, outcome: "DONE", details: { before: null, after: { role: "operator", revokedAt: null } } },
      { ...common, action: "token.revoke", outcome: "ASKED" },
      { ...common, outcome: "DONE", details: { before: { revokedAt: null }, after: { role: "operator" } } },
    ]);
    expect(JSON.stringify(entries)).not.toContain(out.trim());
  });

  it("that is refused is on record, too", async () => {
    const before = await lastEntry(app);
    const failed = await cli("revoke", "nobody");
    expect([failed.code, failed.err]).toEqual([
      1,
      expect.stringContaining("BAD_USER_INPUT: no token in use"),
    ]);
    expect(await entriesSince(app, before)).toMatchObject([
      { action: "token.revoke", outcome: "ASKED" },
      { outcome: "REFUSED", code: "BAD_USER_INPUT" },
    ]);
  });
});

it("the log is as it was written, after all of it", async () => {
  const pool = createPool(app.url, 1);
  const report = await verifyChain(pool, null).finally(() => pool.end());
  expect(report).toMatchObject({ unanswered: 0, problems: [] });
});
