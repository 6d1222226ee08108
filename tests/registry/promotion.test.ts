import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../src/db/pool.js";
import { startTestApp, type TestApp } from "../support/app.js";
import {
  GOOD,
  JANUARY,
  NOISE,
  OTHER,
  PROMOTE,
  promote,
  registryState,
  trainFour,
  USERS,
  versionServed,
  WORSE,
} from "../support/months.js";
import { until } from "../support/until.js";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await trainFour(app);
});
afterAll(() => app?.stop());

const state = () => registryState(app);
const servedVersion = () => versionServed(app);
const newest = async () => (await state()).transitions[0];
const refused = (version: number, more: Record<string, unknown> = {}) =>
  app.client.error(PROMOTE, { input: { version, ...more } });
const rollback = async () =>
  (await app.client.query('mutation { rollback(reason: "worse in the field") { version stage } }')).rollback;

describe("with nothing in Production", () => {
  it.each([
    [`{ predict(userId: "${USERS[0]}") { probability } }`],
    [`{ predictMany(userIds: ["${USERS[0]}"]) { userId } }`],
    [`{ predictMany(userIds: []) { userId } }`],
    [`{ predict(userId: "${USERS[0]}", asOf: "${JANUARY}") { probability } }`],
  ])("%s is answered with NO_PRODUCTION_MODEL", async (query) => {
    expect(await app.client.error(query)).toMatchObject({ code: "NO_PRODUCTION_MODEL", model: "churn" });
  });

  it("POST /predict is answered with 503 and NO_PRODUCTION_MODEL", async () => {
    const response = await fetch(`${app.client.address}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user_id: USERS[0] }),
    });
    expect([response.status, ((await response.json()) as any).error.code]).toEqual([
      503,
      "NO_PRODUCTION_MODEL",
    ]);
  });

  it("a rollback is a CONFLICT: there is nothing to go back to", async () => {
    const error = await app.client.error('mutation { rollback(reason: "why not") { version } }');
    expect(error).toMatchObject({ code: "CONFLICT" });
    expect(error.message).toContain("has no version in Production");
  });

  it("the first promotion is judged without a comparison, and the next predict is answered by it", async () => {
    expect(await promote(app, GOOD, { reason: "first" })).toEqual({ version: GOOD, stage: "PRODUCTION" });
    expect(await servedVersion()).toEqual({ version: GOOD, stage: "PRODUCTION" });
    expect(await newest()).toEqual({
      version: GOOD,
      from: "NONE",
      to: "PRODUCTION",
      actor: "tester",
      reason: "first",
      forced: false,
      gates: [
        { name: "snapshot_validated", passed: true },
        { name: "signature_compatible", passed: true },
        { name: "min_auc", passed: true },
        { name: "not_worse_than_production", passed: true },
      ],
    });
  });

  it("a rollback from the first one is a CONFLICT", async () => {
    const error = await app.client.error('mutation { rollback(reason: "why not") { version } }');
    expect(error).toMatchObject({ code: "CONFLICT" });
    expect(error.message).toContain("has had no other version in Production");
  });
});

describe("a promotion", () => {
  it("archives the former holder in the same transaction, at the same instant", async () => {
    await promote(app, OTHER);
    expect(await state()).toMatchObject({
      production: OTHER,
      stages: { [GOOD]: "ARCHIVED", [OTHER]: "PRODUCTION" },
    });
    const written = await app.sql(
      "select version, to_stage, reason, xmin::text as transaction, at::text from stage_transitions order by id desc limit 2",
    );
    expect(written.map(({ version, to_stage }) => [version, to_stage])).toEqual([
      [OTHER, "PRODUCTION"],
      [GOOD, "ARCHIVED"],
    ]);
    expect(written[1]!.reason).toBe(`replaced by version ${OTHER}`);
    expect(written[0]!.transaction).toBe(written[1]!.transaction);
    expect(written[0]!.at).toBe(written[1]!.at);
  });

  it.each([
    ["min_auc", NOISE, /held-out auc 0\.\d{4}, at least 0\.6 asked/],
    [
      "not_worse_than_production",
      WORSE,
      /auc 0\.\d{4}, Production version 2 has \d\.\d{4} on the same held-out rows; difference -0\.\d{4}, 95 % interval -\d\.\d{4} to [+-]\d\.\d{4} over \d+ rows of 2024-01-31 that neither was trained on/,
    ],
  ])("that fails %s is refused with its gates, and nothing is changed", async (gate, version, message) => {
    const before = await state();
    const error = (await refused(version)) as any;
    expect(error).toMatchObject({ code: "GATE_FAILED", model: "churn", version });
    const failed = error.gates.filter((each: any) => !each.passed).map((each: any) => each.name);
    expect(failed).toContain(gate);
    expect(error.gates.map((each: any) => each.name)).toEqual([
      "snapshot_validated",
      "signature_compatible",
      "min_auc",
      "not_worse_than_production",
    ]);
    expect(error.gates.find((each: any) => each.name === gate).message).toMatch(message);
    expect(error.message).toMatch(message);
    expect(await state()).toEqual(before);
    expect(await servedVersion()).toMatchObject({ version: OTHER });
  });

  it("that fails snapshot_validated is refused: the snapshot's ingest has no passed validation", async () => {
    const [run] = await app.sql(
      "select r.id, r.validation from runs r join snapshots s on s.run_id = r.id where s.as_of = $1",
      [JANUARY],
    );
    for (const forged of [null, JSON.stringify({ ...run!.validation, success: false })]) {
      await app.sql("update runs set validation = $2 where id = $1", [run!.id, forged]);
      const error = (await refused(GOOD)) as any;
      expect(error.code).toBe("GATE_FAILED");
      expect(error.gates.filter((each: any) => !each.passed)).toMatchObject([
        {
          name: "snapshot_validated",
          passed: false,
          message: "a snapshot it was trained from has no passed validation",
        },
      ]);
    }
    await app.sql("update runs set validation = $2 where id = $1", [
      run!.id,
      JSON.stringify(run!.validation),
    ]);
    expect((await state()).production).toBe(OTHER);
  });

  it.each([[undefined], [null], [""], ["   "]])(
    "by force without a reason (%j) is refused",
    async (reason) => {
      const before = await state();
      const error = await refused(WORSE, { force: true, reason });
      expect(error).toMatchObject({ code: "BAD_USER_INPUT" });
      expect(error.message).toContain("needs a reason");
      expect(await state()).toEqual(before);
    },
  );

  it("by force is on record as forced only where a gate failed", async () => {
    await promote(app, GOOD, { force: true, reason: "to be sure" });
    expect(await newest()).toMatchObject({ version: GOOD, forced: false, reason: "to be sure" });
    await promote(app, WORSE, { force: true, reason: "for the test" });
    expect(await newest()).toMatchObject({
      version: WORSE,
      forced: true,
      reason: "for the test",
      gates: expect.arrayContaining([{ name: "not_worse_than_production", passed: false }]),
    });
    expect(await servedVersion()).toMatchObject({ version: WORSE });
  });

  it.each([
    [{ version: 99 }, "MODEL_NOT_FOUND", 'model "churn" has no version 99'],
    [{ version: 0 }, "MODEL_NOT_FOUND", "has no version 0"],
    [{ version: 1, model: "fraud" }, "MODEL_NOT_FOUND", 'no model is named "fraud"'],
    [{ version: WORSE }, "BAD_USER_INPUT", 'version 3 of "churn" is already in PRODUCTION'],
    [{ version: GOOD, stage: "ARCHIVED" }, "BAD_USER_INPUT", "is already in ARCHIVED"],
    [{ version: NOISE, stage: "NONE" }, "BAD_USER_INPUT", "is already in NONE"],
  ])("%j is refused with %s", async (input, code, message) => {
    const before = await state();
    const error = await app.client.error(PROMOTE, { input });
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(await state()).toEqual(before);
  });

  it("to STAGING asks no gate, holds one version, and serves nothing", async () => {
    await promote(app, NOISE, { stage: "STAGING" });
    expect(await newest()).toMatchObject({ version: NOISE, to: "STAGING", gates: [], forced: false });
    await promote(app, OTHER, { stage: "STAGING" });
    expect(await state()).toMatchObject({
      staging: OTHER,
      production: WORSE,
      stages: { [NOISE]: "ARCHIVED" },
    });
    expect(await servedVersion()).toMatchObject({ version: WORSE });
  });

  it("waits for a training run that is just registering its version", async () => {
    const registering = createClient(app.url);
    await registering.connect();
    await registering.query("begin; select 1 from models where name = 'churn' for update");
    const promoted = promote(app, OTHER);
    await until("the promotion waits for it", async () => {
      const [row] = await app.sql(
        `select count(*)::int as waiting from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '%stage_transitions%'`,
      );
      return row!.waiting === 1;
    });
    await registering.query("commit");
    await registering.end();
    expect(await promoted).toEqual({ version: OTHER, stage: "PRODUCTION" });
  });
});

describe("a rollback", () => {
  it("goes back to the former version, and again forth, without judging it", async () => {
    expect((await state()).production).toBe(OTHER);
    expect(await rollback()).toEqual({ version: WORSE, stage: "PRODUCTION" });
    expect(await servedVersion()).toMatchObject({ version: WORSE });
    expect(await newest()).toMatchObject({
      version: WORSE,
      reason: "worse in the field",
      gates: [],
      forced: false,
    });
    expect(await rollback()).toEqual({ version: OTHER, stage: "PRODUCTION" });
    expect(await servedVersion()).toMatchObject({ version: OTHER });
  });

  it.each([
    ['rollback(reason: "  ")', "BAD_USER_INPUT"],
    ['rollback(model: "fraud", reason: "x")', "MODEL_NOT_FOUND"],
  ])("%s is refused with %s", async (call, code) => {
    expect(await app.client.error(`mutation { ${call} { version } }`)).toMatchObject({ code });
  });
});

describe("taking the version in Production away", () => {
  const taken = (stage: string, more: Record<string, unknown> = {}) => refused(OTHER, { stage, ...more });

  it.each(["STAGING", "NONE", "ARCHIVED"])(
    "to %s without force is refused, says what it would do, and changes nothing",
    async (stage) => {
      const before = await state();
      expect(before.production).toBe(OTHER);
      for (const more of [{}, { reason: "only a reason" }]) {
        const error = (await taken(stage, more)) as any;
        expect(error.code).toBe("GATE_FAILED");
        expect(error.gates).toEqual([
          {
            name: "production_not_empty",
            passed: false,
            message: `version ${OTHER} leaves Production of "churn" for ${stage} and nothing takes its place: predict answers NO_PRODUCTION_MODEL until a version is promoted or a rollback brings this one back`,
          },
        ]);
      }
      expect(await taken(stage, { force: true })).toMatchObject({ code: "BAD_USER_INPUT" });
      expect(await state()).toEqual(before);
    },
  );

  it.each(["STAGING", "NONE", "ARCHIVED"])(
    "to %s by force and with a reason is on record, and a rollback brings it back",
    async (stage) => {
      await promote(app, OTHER, { stage, force: true, reason: "the field is on fire" });
      expect(await state()).toMatchObject({ production: null, stages: { [OTHER]: stage } });
      expect(await newest()).toMatchObject({
        version: OTHER,
        from: "PRODUCTION",
        to: stage,
        reason: "the field is on fire",
        forced: true,
        gates: [{ name: "production_not_empty", passed: false }],
      });
      const error = await app.client.error(`{ predict(userId: "${USERS[0]}") { probability } }`);
      expect(error.code).toBe("NO_PRODUCTION_MODEL");
      expect(await rollback()).toEqual({ version: OTHER, stage: "PRODUCTION" });
      expect(await servedVersion()).toEqual({ version: OTHER, stage: "PRODUCTION" });
      expect(await newest()).toMatchObject({ version: OTHER, from: stage, to: "PRODUCTION", gates: [] });
    },
  );
});

describe("pages", () => {
  it("of versions and of the history go on before the last one of the page", async () => {
    const all = await state();
    const pages = async (field: string, of: (row: any) => string | number) => {
      const seen: any[] = [];
      for (let before = ""; ; ) {
        const { model } = await app.client.query(
          `{ model(name: "churn") { ${field}(first: 3${before}) { id version } } }`,
        );
        const page = model[field];
        seen.push(...page);
        if (page.length < 3) return seen.map(({ version }) => version);
        before = `, before: ${of(page.at(-1))}`;
      }
    };
    expect(await pages("versions", ({ version }) => version)).toEqual([4, 3, 2, 1]);
    expect(await pages("transitions", ({ id }) => JSON.stringify(id))).toEqual(
      all.transitions.map(({ version }: any) => version),
    );
  });

  it.each([['""'], ['"first"'], ['"-1"'], ['"9999999999999999999"']])(
    "of the history before %s are refused",
    async (before) => {
      const error = await app.client.error(
        `{ model(name: "churn") { transitions(before: ${before}) { id } } }`,
      );
      expect(error).toMatchObject({ code: "BAD_USER_INPUT" });
      expect(error.message).toContain("the id of a transition was expected");
    },
  );
});
