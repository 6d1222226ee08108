import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  promote,
  registryState,
  STRONG,
  trained,
  USERS,
  WEAK,
} from "../support/months.js";

// Training takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
  for (const seed of [1, 2, 3])
    await trained(app, { asOf: JANUARY, seed, params: seed === 1 ? STRONG : WEAK });
}, 180_000);
afterAll(() => app?.stop());

const setAlias = (alias: string, version: number) =>
  app.client.query(
    "mutation($alias: String!, $version: Int!) { setModelAlias(alias: $alias, version: $version) { version } }",
    { alias, version },
  );
const aliases = async () =>
  (await app.client.query('{ model(name: "churn") { aliases { alias version actor } } }')).model.aliases;
const remove = (version: number) =>
  `mutation { deleteModelVersion(version: ${version}) { versions { version } } }`;
const predict = (more: string) => `{ predict(userId: "${USERS[0]}", ${more}) { modelVersion { version } } }`;

describe("the lists of a model", () => {
  it("are as long as is asked for, the newest versions first", async () => {
    await setAlias("a", 1);
    await setAlias("b", 2);
    const { model, models } = await app.client.query(
      `{ models(first: 1) { name } model(name: "churn") { newest: versions(first: 2) { version } versions { version }
           latest { version } aliases(first: 1) { alias version } } }`,
    );
    expect(models).toEqual([{ name: "churn" }]);
    expect(model).toEqual({
      newest: [{ version: 3 }, { version: 2 }],
      versions: [{ version: 3 }, { version: 2 }, { version: 1 }],
      latest: { version: 3 },
      aliases: [{ alias: "a", version: 1 }],
    });
    for (const alias of ["a", "b"])
      await app.client.query(`mutation { removeModelAlias(alias: "${alias}") { version } }`);
  });

  it.each(["models(first: 0) { name }", 'model(name: "churn") { versions(first: 1001) { version } }'])(
    "have a bound that is 1 to 1000: %s",
    async (field) => {
      expect(await app.client.error(`{ ${field} }`)).toMatchObject({
        code: "BAD_USER_INPUT",
        argument: "first",
      });
    },
  );
});

describe("an alias", () => {
  it("names one version, wanders, and is what predict may be asked by", async () => {
    await setAlias("champion", 1);
    await setAlias("shadow", 2);
    expect((await app.client.query(predict('alias: "shadow"'))).predict.modelVersion.version).toBe(2);
    await setAlias("shadow", 3);
    expect(await aliases()).toEqual([
      { alias: "champion", version: 1, actor: "tester" },
      { alias: "shadow", version: 3, actor: "tester" },
    ]);
    const { one, none, many } = await app.client.query(
      `{ one: model(name: "churn") { alias(name: "shadow") { version } } none: model(name: "churn") { alias(name: "nobody") { version } }
         many: predictMany(userIds: ["${USERS[1]}"], alias: "shadow") { prediction { modelVersion { version } } } }`,
    );
    expect([one.alias.version, none.alias, many[0].prediction.modelVersion.version]).toEqual([3, null, 3]);
  });

  it("keeps its version from being deleted until it is removed, and then names nothing", async () => {
    await setAlias("candidate", 2);
    const kept = await app.client.error(remove(2));
    expect(kept).toMatchObject({ code: "CONFLICT", version: 2 });
    const { removeModelAlias } = await app.client.query(
      'mutation { removeModelAlias(alias: "candidate") { version } }',
    );
    expect(removeModelAlias.version).toBe(2);
    const error = await app.client.error(predict('alias: "candidate"'));
    expect(error).toMatchObject({ code: "MODEL_NOT_FOUND", alias: "candidate" });
  });

  it.each([
    ['setModelAlias(alias: "v1", version: 1)', "BAD_USER_INPUT", 'alias "v1"'],
    ['setModelAlias(alias: "the best", version: 1)', "BAD_USER_INPUT", 'alias "the best"'],
    ['setModelAlias(alias: "", version: 1)', "BAD_USER_INPUT", 'alias ""'],
    ['setModelAlias(alias: "best", version: 99)', "MODEL_NOT_FOUND", "has no version 99"],
    [
      'setModelAlias(model: "fraud", alias: "best", version: 1)',
      "MODEL_NOT_FOUND",
      'no model is named "fraud"',
    ],
    ['removeModelAlias(alias: "nobody")', "MODEL_NOT_FOUND", 'has the alias "nobody"'],
  ])("%s is refused with %s", async (call, code, message) => {
    const error = await app.client.error(`mutation { ${call} { version } }`);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it("beside a version is refused: they say the same", async () => {
    const error = await app.client.error(predict('alias: "shadow", version: 1'));
    expect(error).toMatchObject({ code: "BAD_USER_INPUT" });
  });
});

describe("description and tags", () => {
  it("are kept of a model and of a version, tag by tag", async () => {
    const describeModel = (input: Record<string, unknown>) =>
      app.client.query("mutation($input: DescribeModelInput!) { describeModel(input: $input) { name } }", {
        input,
      });
    await describeModel({ description: "who leaves", tags: { team: "growth", tier: "1" } });
    await describeModel({ tags: { tier: null, owner: "ada" } });
    await describeModel({ version: 2, description: "one split", tags: { kind: "weak" } });
    const { model } = await app.client.query(
      '{ model(name: "churn") { description tags versions { version description tags } } }',
    );
    expect(model).toMatchObject({ description: "who leaves", tags: { team: "growth", owner: "ada" } });
    expect(Object.keys(model.tags)).not.toContain("tier");
    expect(model.versions.find(({ version }: any) => version === 2)).toEqual({
      version: 2,
      description: "one split",
      tags: { kind: "weak" },
    });
  });
});

describe("a version", () => {
  it.each([
    ["sha256", "repeat('a', 64)"],
    ["threshold", "0.9"],
    ["signature", "'{}'"],
    ["run_id", "gen_random_uuid()"],
    ["version", "77"],
    ["created_at", "now()"],
  ])("is never changed in the database: its %s", async (column, value) => {
    await expect(
      app.sql(`update model_versions set ${column} = ${value} where version = 1`),
    ).rejects.toMatchObject({
      code: "23001",
      message: "UPDATE of version 1 of churn is refused: its content is immutable",
    });
  });

  it("in Production is the only one the database allows", async () => {
    await promote(app, 1);
    await expect(
      app.sql("update model_versions set stage = 'PRODUCTION' where version = 2"),
    ).rejects.toMatchObject({ code: "23505", constraint: "model_versions_production" });
  });

  it("that is or was served is not deleted, in the database neither", async () => {
    await promote(app, 2, { force: true, reason: "for the test" });
    const before = await registryState(app);
    for (const [version, message] of [
      [1, "it was in PRODUCTION from"],
      [2, "it is in PRODUCTION"],
    ] as const) {
      const error = await app.client.error(remove(version));
      expect(error).toMatchObject({ code: "CONFLICT", version });
      expect(error.message).toContain(message);
    }
    for (const version of [1, 2]) {
      await expect(app.sql("delete from model_versions where version = $1", [version])).rejects.toMatchObject(
        {
          code: "23001",
          message: `DELETE of version ${version} of churn is refused: it is or was served`,
        },
      );
    }
    expect(await registryState(app)).toEqual(before);
  });

  it("that nothing refers to is deleted, and its number is not given again", async () => {
    await trained(app, { asOf: JANUARY, seed: 3, params: WEAK });
    const { deleteModelVersion } = await app.client.query(remove(4));
    expect(deleteModelVersion.versions.map(({ version }: any) => version)).toEqual([3, 2, 1]);
    expect(await app.client.error(remove(4))).toMatchObject({ code: "MODEL_NOT_FOUND", version: 4 });
    const next = await trained(app, { asOf: JANUARY, seed: 3, params: WEAK });
    expect(next.modelVersion!.version).toBe(5);
  });

  it("that answered requests which are still in the prediction log is not deleted", async () => {
    await trained(app, { asOf: JANUARY, seed: 3, params: WEAK });
    const [{ version }] = (await app.sql("select max(version) as version from model_versions")) as [
      { version: number },
    ];
    await app.sql("select asof_prediction_log_day((now() at time zone 'UTC')::date)");
    await app.sql(
      `insert into prediction_log (at, model, version, key, features_sha256, features, probability, prediction,
         shadow_version, shadow_probability, shadow_prediction)
       values (now(), 'churn', 1, 'U-1', 'f', '{}', 0.5, 1, $1, 0.5, 1)`,
      [version],
    );
    const error = await app.client.error(remove(version));
    expect(error).toMatchObject({ code: "CONFLICT", version });
    expect(error.message).toContain("the prediction log holds answers of it");
  });
});
