import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bool, type Column, float, int, string } from "../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { startTestApp, type TestApp } from "../support/app.js";
import type { TestDatabase } from "../support/database.js";
import { writeDelivery } from "../support/delivery.js";
import { createDatabaseOf, ownMigrations } from "../support/deployment.js";
import { earlier, succeeded } from "../support/earlier.js";

const [JANUARY, FEBRUARY] = ["2024-01-31", "2024-02-29"];
const KEY = "A-0001";
const [OLDER, PRODUCTION, STAGING] = [1, 2, 3];

/** What becomes of a source's second column, by the service that learns from it. */
type Change = "added" | "retired" | "renamed" | "retyped";
const CHANGES: Change[] = ["added", "retired", "renamed", "retyped"];

interface Options {
  columns: Record<string, Column>;
  features: string[];
  version?: number;
  retired?: string[];
  renamed?: Record<string, string>;
}

const first = (name: Change): Options => ({
  columns: { [`${name}_x`]: float(), [`${name}_y`]: int() },
  features: [`${name}_x`, `${name}_y`],
});

const LATER: Record<Change, Options> = {
  added: {
    columns: { added_x: float(), added_y: int(), added_z: int() },
    features: ["added_x", "added_y", "added_z"],
  },
  retired: { columns: { retired_x: float() }, features: ["retired_x"], retired: ["retired_y"] },
  renamed: {
    columns: { renamed_x: float(), renamed_w: int() },
    features: ["renamed_x", "renamed_w"],
    renamed: { renamed_y: "renamed_w" },
  },
  retyped: {
    columns: { retyped_x: float(), retyped_y: string() },
    features: ["retyped_x", "retyped_y"],
    version: 2,
  },
};

const accounts = source("accounts", { columns: { branch: string() } });
const outcomes = source("outcomes", { columns: { left: bool({ required: true }) } });

function declared(optionsOf: (change: Change) => Options): Deployment {
  const views = CHANGES.map((name) => {
    const { columns, features, ...change } = optionsOf(name);
    const of = source(`${name}_source`, { columns, ...change });
    return featureView(`${name}_view`, { source: of, features, ...change });
  });
  return deployment({
    name: "matrix",
    entity: entity("account", { key: "account_id" }),
    entitySource: accounts,
    sources: [accounts, ...views.map((view) => view.source), outcomes],
    views,
    services: CHANGES.map((name, i) =>
      featureService(name, {
        views: [views[i]!],
        label: { source: outcomes, column: "left" },
        gates: { minimum: { auc: 0.01 } },
      }),
    ),
  });
}

const IDS = Array.from({ length: 80 }, (_, i) => `A-${String(i).padStart(4, "0")}`);
const delivery = () => ({
  accounts: ["account_id,branch", ...IDS.map((id) => `${id},north`)],
  outcomes: ["account_id,left", ...IDS.map((id, i) => `${id},${i % 3 === 0 ? "True" : "False"}`)],
  ...Object.fromEntries(
    CHANGES.map((name) => [
      `${name}_source`,
      [`account_id,${name}_x,${name}_y`, ...IDS.map((id, i) => `${id},${(i % 3) + i / 100},${i % 5}`)],
    ]),
  ),
});

describe("versions trained before the definitions changed", () => {
  const own = ownMigrations();
  const runs = new Map<string, string>();
  let database: TestDatabase;
  let app: TestApp;
  beforeAll(async () => {
    const before = declared(first);
    database = await createDatabaseOf(before, own);
    const at = { databaseUrl: database.url, migrations: own.folder, dataDir: own.folder };
    for (const month of ["january", "february"]) writeDelivery(own.folder, month, delivery());
    await earlier(before, at, async (services) => {
      for (const [source, asOf] of [
        ["january", JANUARY],
        ["february", FEBRUARY],
      ] as const)
        await succeeded(services, services.jobs.start("INGEST", { source, asOf }, "before"));
      for (const model of CHANGES) {
        for (const version of [OLDER, PRODUCTION, STAGING]) {
          const request = { model, asOf: JANUARY, seed: version, testFraction: 0.25 };
          const algorithm = "LOGISTIC_REGRESSION" as const;
          const run = await succeeded(
            services,
            services.jobs.start("TRAIN", { ...request, algorithm }, "before"),
          );
          runs.set(`${model} ${version}`, run.id);
          const stage = version === STAGING ? ("STAGING" as const) : ("PRODUCTION" as const);
          const by = { reason: "before", force: true, actor: "before" };
          await services.models.promote({ model, version, stage, ...by });
        }
      }
    });
    await own.generate(
      declared((name) => LATER[name]),
      "changed",
    );
    app = await startTestApp({
      definitions: declared((name) => LATER[name]),
      databaseUrl: database.url,
      migrations: own.folder,
      dataDir: own.folder,
    });
  }, 300_000);
  afterAll(async () => {
    await app?.stop();
    await database?.drop();
    own.remove();
  });

  /** What a mutation or query comes to: its error's code, or what its run ended with. */
  async function outcome(text: string): Promise<{ code: string; result?: any; message?: string }> {
    const { data, errors } = await app.client.raw(text);
    if (errors?.length) {
      return { code: String(errors[0]!.extensions?.code), message: errors[0]!.message };
    }
    const [value] = Object.values(data as Record<string, any>);
    if (!value?.id) return { code: "ok", result: value };
    const run = await app.client.finished(value.id, 120_000);
    return run.error
      ? { code: run.error.code, message: run.error.message }
      : { code: "ok", result: run.result };
  }

  const GONE: Record<Change, string> = {
    added: "ok",
    retired: "MODEL_NOT_SERVABLE",
    renamed: "MODEL_NOT_SERVABLE",
    retyped: "MODEL_NOT_SERVABLE",
  };

  it.each(CHANGES)("%s: are servable, or say which feature is why not", async (model) => {
    for (const version of [OLDER, PRODUCTION, STAGING]) {
      const { modelVersion } = await app.client.query(
        `{ modelVersion(model: "${model}", version: ${version}) { servable notServable } }`,
      );
      if (GONE[model] === "ok") expect(modelVersion).toEqual({ servable: true, notServable: null });
      else {
        expect(modelVersion.servable).toBe(false);
        expect(modelVersion.notServable).toContain(`${model}_y`);
      }
    }
  });

  it.each(CHANGES)("%s: predict by Production, by number, rollback and promotion", async (model) => {
    const predict = (more: string) =>
      outcome(`{ predict(accountId: "${KEY}", model: "${model}"${more}) { probability } }`);
    for (const more of ["", ", version: 1", ", version: 3"])
      expect((await predict(more)).code).toBe(GONE[model]);
    const rollback = `mutation { rollback(model: "${model}", reason: "back") { version } }`;
    expect((await outcome(rollback)).code).toBe(GONE[model]);
    const input = `{ model: "${model}", version: ${STAGING}, force: true, reason: "on" }`;
    expect((await outcome(`mutation { promote(input: ${input}) { version } }`)).code).toBe(GONE[model]);
    // Whatever cannot be served can be put away.
    const away = `{ model: "${model}", version: ${OLDER}, stage: NONE, force: true, reason: "away" }`;
    expect((await outcome(`mutation { promote(input: ${away}) { version } }`)).code).toBe("ok");
  });

  it.each(CHANGES)("%s: every one of their runs reproduces identically", async (model) => {
    for (const version of [OLDER, PRODUCTION, STAGING]) {
      const { code, result } = await outcome(
        `mutation { reproduce(runId: "${runs.get(`${model} ${version}`)}") { id } }`,
      );
      expect([version, code, result?.identical, result?.differences]).toEqual([version, "ok", true, []]);
    }
  });

  it.each([
    ["added", "BAD_USER_INPUT", /made without added_z/],
    ["retired", "ok", null],
    ["renamed", "ok", null],
    ["retyped", "BAD_USER_INPUT", /made without retyped_y/],
  ] as const)("%s: training and export of an old date: %s", async (model, code, message) => {
    for (const mutation of [
      `trainAndCompare(input: { model: "${model}", asOf: "${JANUARY}", algorithm: LOGISTIC_REGRESSION }) { id }`,
      `exportTrainingSet(input: { model: "${model}", asOfFrom: "${JANUARY}" }) { id }`,
    ]) {
      const got = await outcome(`mutation { ${mutation} }`);
      expect([mutation, got.code]).toEqual([mutation, code]);
      if (message) expect(got.message).toMatch(message);
    }
  });

  it.each([
    ["added", ["added_z"]],
    ["retired", []],
    ["renamed", []],
    ["retyped", ["retyped_y"]],
  ] as const)("%s: drift compares what both dates have, and names the rest", async (model, notCompared) => {
    const { code, result } = await outcome(
      `mutation { detectDrift(input: { model: "${model}", from: "${JANUARY}", to: "${FEBRUARY}" }) { id } }`,
    );
    expect([code, result.driftedFeatures, result.notCompared]).toEqual(["ok", [], notCompared]);
  });

  it("what is served is what the snapshots say", async () => {
    const { code, result } = await outcome("mutation { verifyParity { id } }");
    expect([code, result.identical, result.differences]).toEqual(["ok", true, 0]);
  });
});
