import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import {
  GOOD,
  NOISE,
  OTHER,
  PROMOTE,
  registryState,
  trainFour,
  USERS,
  versionServed,
  WORSE,
} from "../support/months.js";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await trainFour(app);
});
afterAll(() => app?.stop());

describe("two promotions at once", () => {
  it("leave one version in Production and one line of history", async () => {
    let holder: number | null = null;
    for (let round = 0; round < 6; round++) {
      const others = [GOOD, OTHER, WORSE, NOISE].filter((version) => version !== holder);
      const answers = await Promise.all(
        others.map((version) =>
          app.client.raw(PROMOTE, { input: { version, force: true, reason: `round ${round}` } }),
        ),
      );
      const codes = answers.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? []);
      expect(codes.filter((code) => code !== "CONFLICT")).toEqual([]);
      expect(codes.length).toBeLessThan(others.length);
      const { production, stages, transitions } = await registryState(app);
      expect(Object.values(stages).filter((stage) => stage === "PRODUCTION")).toEqual(["PRODUCTION"]);
      expect(transitions[0]).toMatchObject({ version: production, to: "PRODUCTION" });
      expect(await versionServed(app)).toMatchObject({ version: production });
      holder = production;
    }
    const { transitions } = await registryState(app);
    holder = null;
    for (const { version, from, to } of transitions.reverse()) {
      if (from === "PRODUCTION") expect(version).toBe(holder);
      if (from === "PRODUCTION") holder = null;
      if (to !== "PRODUCTION") continue;
      expect(holder).toBeNull();
      holder = version;
    }
  });
});

describe("the history", () => {
  it("is told newest first, also past the tenth transition", async () => {
    const { model } = await app.client.query('{ model(name: "churn") { transitions(first: 1000) { id } } }');
    const ids = model.transitions.map(({ id }: { id: string }) => Number(id));
    expect(ids.length).toBeGreaterThan(10);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
  });

  it.each([
    ["update stage_transitions set reason = 'another'"],
    ["delete from stage_transitions"],
    ["truncate stage_transitions"],
  ])("refuses %s", async (statement) => {
    await expect(app.sql(statement)).rejects.toMatchObject({ code: "23001" });
  });

  it("answers predict as of a date by the version in Production at that date's end", async () => {
    const rows = [
      ["2024-03-01T09:00:00Z", GOOD, "NONE", "PRODUCTION"],
      ["2024-03-05T23:59:59.999Z", GOOD, "PRODUCTION", "ARCHIVED"],
      ["2024-03-05T23:59:59.999Z", OTHER, "NONE", "PRODUCTION"],
      ["2024-03-08T00:00:00Z", OTHER, "PRODUCTION", "ARCHIVED"],
      ["2024-03-10T12:00:00Z", WORSE, "NONE", "PRODUCTION"],
    ];
    await app.sql(
      `do $$ begin set local session_replication_role = replica; delete from stage_transitions; end $$`,
    );
    for (const [at, version, from, to] of rows) {
      await app.sql(
        "insert into stage_transitions (model, version, from_stage, to_stage, actor, at) values ('churn', $1, $2, $3, 'forger', $4)",
        [version, from, to, at],
      );
    }
    const today = new Date().toISOString().slice(0, 10);
    const expected = [
      ["2024-02-29", "NO_PRODUCTION_MODEL"],
      ["2024-03-01", GOOD],
      ["2024-03-04", GOOD],
      ["2024-03-05", OTHER],
      ["2024-03-07", OTHER],
      ["2024-03-08", "NO_PRODUCTION_MODEL"],
      ["2024-03-09", "NO_PRODUCTION_MODEL"],
      ["2024-03-10", WORSE],
      [today, WORSE],
      ["9999-12-31", WORSE],
    ];
    const found = [];
    for (const [asOf] of expected) {
      const { data, errors } = await app.client.raw(
        `{ predict(userId: "${USERS[0]}", asOf: "${asOf}") { modelVersion { version } } }`,
      );
      found.push([asOf, data?.predict?.modelVersion.version ?? errors![0]!.extensions.code]);
    }
    expect(found).toEqual(expected);
  });
});
