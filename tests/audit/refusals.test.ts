import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditLog } from "../../src/audit/audit-log.js";
import type { NewEntry } from "../../src/audit/entry.js";
import { Refusals } from "../../src/audit/refusals.js";
import { verifyChain } from "../../src/audit/verify.js";
import { createPool } from "../../src/db/pool.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { operate } from "../support/ask.js";
import { until } from "../support/until.js";
import { entriesSince, lastEntry } from "./entries.js";

const ADMIN = "the-admins-token-of-this-test";

describe("what the caller's role refuses", () => {
  let app: TestApp;
  let viewer = "";
  beforeAll(async () => {
    app = await startTestApp({ role: "api", config: { adminToken: ADMIN, rateLimitPerSecond: 0 } });
    const make = 'mutation { createToken(name: "ci", role: VIEWER) { secret } }';
    viewer = (await operate(app, make, ADMIN)).body.data.createToken.secret;
  });
  afterAll(() => app?.stop());

  it("is one entry, however many fields the request has: none is begun after the first", async () => {
    const before = await lastEntry(app);
    const fields = Array.from({ length: 50 }, (_, i) => `a${i}: revokeToken(name: "${i}") { name }`);
    expect((await operate(app, `mutation { ${fields.join(" ")} }`, viewer)).code).toBe("FORBIDDEN");
    expect(await entriesSince(app, before)).toMatchObject([{ action: "revokeToken", subject: "token 0" }]);
  });

  it("is sixty entries a minute of one caller, and of others all the same", async () => {
    const before = await lastEntry(app);
    const ask = (as: string) => operate(app, 'mutation { revokeToken(name: "x") { name } }', as);
    for (let i = 0; i < 70; i++) expect((await ask(viewer)).code).toBe("FORBIDDEN");
    // One of the sixty is that of the test before.
    expect(await entriesSince(app, before)).toHaveLength(59);
    const make = 'mutation { createToken(name: "other", role: VIEWER) { secret } }';
    const other = (await operate(app, make, ADMIN)).body.data.createToken.secret;
    const since = await lastEntry(app);
    await ask(other);
    expect(await entriesSince(app, since)).toMatchObject([{ actor: "other", outcome: "REFUSED" }]);
  });

  it("is counted beyond that, by act and code, and put down once the minute is over or the process stops", async () => {
    const before = await lastEntry(app);
    const pool = createPool(app.url, 1);
    const log = new AuditLog(pool);
    const entry = { actor: "busy", role: "viewer", requestId: null, subject: null, answers: null } as const;
    for (let i = 0; i < 100; i++) {
      const action = i % 4 === 0 ? "promote" : "POST /models/import";
      await log.refuse({ ...entry, action, outcome: "REFUSED", code: "FORBIDDEN", details: {} });
    }
    await log.close();
    const entries = await entriesSince(app, before);
    expect(entries).toHaveLength(61);
    expect(entries.at(-1)).toMatchObject({
      ...{ actor: "busy", role: "viewer", action: "refused.more", outcome: "REFUSED", code: null },
      details: { times: 40, each: { "promote FORBIDDEN": 10, "POST /models/import FORBIDDEN": 30 } },
    });
    const report = await verifyChain(pool, null).finally(() => pool.end());
    expect(report.problems).toEqual([]);
  });
});

describe("what is counted of refusals", () => {
  const refusal = { actor: "a", role: "viewer", requestId: null, subject: null, answers: null } as const;
  const add = (refusals: Refusals, action = "promote") =>
    refusals.add({ ...refusal, action, outcome: "REFUSED", code: "FORBIDDEN", details: {} });

  it("is put down when the time is over, and the caller's next ones are entries again", async () => {
    const entries: NewEntry[] = [];
    const refusals = new Refusals(async (entry) => entries.push(entry), { entries: 1, ms: 30 });
    for (const _ of [1, 2, 3]) await add(refusals);
    expect(entries).toHaveLength(1);
    await until("it is put down", () => entries.length === 2);
    expect(entries[1]).toMatchObject({ action: "refused.more", details: { times: 2 } });
    await add(refusals);
    expect(entries[2]).toMatchObject({ action: "promote" });
    await refusals.flush();
    expect(entries).toHaveLength(3);
  });

  it("stays counted where it cannot be stored, and is put down later", async () => {
    const entries: NewEntry[] = [];
    let away = false;
    const append = async (entry: NewEntry) => {
      if (away) throw new Error("the database is away");
      entries.push(entry);
    };
    const refusals = new Refusals(append, { entries: 1, ms: 30 });
    await add(refusals);
    away = true;
    await add(refusals);
    await expect(refusals.flush()).rejects.toThrow("the database is away");
    await add(refusals);
    away = false;
    await until("it is put down", () => entries.length === 2);
    expect(entries[1]).toMatchObject({ action: "refused.more", details: { times: 2 } });
  });

  it("is not lost where it comes while the count before it is being put down, stored or not", async () => {
    const entries: NewEntry[] = [];
    const putDown: { stored(): void; failed(error: Error): void }[] = [];
    const append = async (entry: NewEntry) => {
      if (entry.action === "refused.more")
        await new Promise<void>((stored, failed) => putDown.push({ stored, failed }));
      entries.push(entry);
    };
    const refusals = new Refusals(append, { entries: 1, ms: 30 });
    const times = (count: number) => Promise.all(Array.from({ length: count }, () => add(refusals)));
    await times(3);
    await until("the count is being put down", () => putDown.length === 1);
    await times(4);
    putDown[0]!.failed(new Error("the database is away"));
    await until("it is tried again", () => putDown.length === 2);
    await times(6);
    putDown[1]!.stored();
    await until("the last count is being put down", () => putDown.length === 3);
    const flushed = refusals.flush();
    putDown[2]!.stored();
    await flushed;
    const alone = entries.filter(({ action }) => action === "promote").length;
    const counted = entries.flatMap(({ details }: any) => details.times ?? []);
    expect([alone, counted]).toEqual([3, [2 + 3, 5]]);
  });

  it("is put down at the stop, of each caller once, though that of another cannot be stored", async () => {
    const entries: NewEntry[] = [];
    const append = async (entry: NewEntry) => {
      if (entry.actor === "a" && entry.action === "refused.more") throw new Error("the database is away");
      entries.push(entry);
    };
    const refusals = new Refusals(append, { entries: 1, ms: 60_000 });
    for (const actor of ["a", "b", "c"])
      for (const _ of [1, 2, 3])
        await refusals.add({
          ...{ ...refusal, actor, action: "promote", outcome: "REFUSED", code: "FORBIDDEN", details: {} },
        });
    await expect(refusals.flush()).rejects.toThrow("the database is away");
    await expect(refusals.flush()).rejects.toThrow("the database is away");
    const counted = entries.filter(({ action }) => action === "refused.more");
    expect(counted).toMatchObject(["b", "c"].map((actor) => ({ actor, details: { times: 2 } })));
  });

  it("is put down before the stop goes on where its time was over just then", async () => {
    const entries: NewEntry[] = [];
    let stored = (): void => {};
    const append = async (entry: NewEntry) => {
      if (entry.action === "refused.more") await new Promise<void>((resolve) => (stored = resolve));
      entries.push(entry);
    };
    let isAsked = false;
    const refusals = new Refusals(
      (entry) => {
        isAsked ||= entry.action === "refused.more";
        return append(entry);
      },
      { entries: 1, ms: 30 },
    );
    for (const _ of [1, 2, 3]) await add(refusals);
    await until("it is being put down", () => isAsked);
    const flushed = refusals.flush().then(() => entries.length);
    stored();
    expect(await flushed).toBe(2);
  });
});
