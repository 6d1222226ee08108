import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../src/db/pool.js";
import { startTestApp, type TestApp } from "../support/app.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  movedMonth,
  promote,
  STRONG,
  trained,
  USERS,
} from "../support/months.js";
import { until } from "../support/until.js";

const FEBRUARY = "2024-02-29";
const ONE = USERS[3]!;
let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ predictionLog: { sample: 1, perSecond: 100_000, keepDays: 30 } });
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, FEBRUARY, movedMonth());
  await trained(app, { asOf: JANUARY, params: STRONG });
  await promote(app, 1);
});
afterAll(() => app?.stop());

const ask = (query: string, variables: Record<string, unknown> = {}) => app.client.query(query, variables);

describe("a row of an entity", () => {
  const row = (more: string, key: unknown = { user_id: ONE }) =>
    ask(`query($key: JSON!) { entityRow(entity: "user", key: $key) { ${more} } }`, { key }).then(
      ({ entityRow }) => entityRow,
    );

  it("has its key and the columns of the entity's source", async () => {
    expect(await row("id entity key attributes")).toEqual({
      id: `entityRow:user:${ONE}`,
      entity: "user",
      key: { user_id: ONE },
      attributes: {
        signup_date: "2022-01-04",
        user_gender: "Male",
        user_is_senior: false,
        has_family: true,
        has_dependents: false,
      },
    });
    expect(await row("id", { user_id: "nobody" })).toBeNull();
  });

  it("is found again by its id, beside the entity's own node", async () => {
    const { nodes } = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", {
      ids: [`entityRow:user:${ONE}`, `user:${ONE}`, `entityRow:account:${ONE}`, "entityRow:user:nobody"],
    });
    expect(nodes).toEqual([
      { __typename: "EntityRow", id: `entityRow:user:${ONE}` },
      { __typename: "User", id: `user:${ONE}` },
      null,
      null,
    ]);
  });

  it("has its features now, as of a date, and as they were known then", async () => {
    const { now, january, before } = await row(
      `now: features { asOf json } january: features(service: "churn", asOf: "${JANUARY}") { asOf json statuses { name } }
       before: features(asOf: "${JANUARY}", knownAt: "2020-01-01T00:00:00Z") { statuses { status } }`,
    );
    expect([now.asOf, now.json.monthly_fee, january.asOf, january.json.monthly_fee]).toEqual([
      ...[null, 47, JANUARY, 23.5],
    ]);
    expect(january.statuses).toHaveLength(14);
    expect(new Set(before.statuses.map(({ status }: any) => status))).toEqual(new Set(["NOT_FOUND"]));
  });

  it.each([
    [{ id: ONE }, `"id" is no column of the key, user_id is missing`],
    [{}, "user_id is missing"],
    [{ user_id: 5 }, "user_id is a text; got 5"],
    [{ user_id: null }, "user_id is a text; got null"],
    [{ user_id: "" }, "user_id cannot be used: it is empty"],
    [{ user_id: ONE, as_of: 1 }, `"as_of" is no column of the key`],
    [[ONE], `got ["${ONE}"]`],
    [ONE, `got "${ONE}"`],
  ])("is refused for the key %j with what was expected", async (key, problem) => {
    const error = await app.client.error(
      'query($key: JSON!) { entityRow(entity: "user", key: $key) { id } }',
      {
        key,
      },
    );
    expect(error).toEqual({
      code: "BAD_USER_INPUT",
      argument: "key",
      message: `key: the key of one user was expected, {"user_id": "…"}; ${problem}`,
    });
  });

  it("is refused for an entity or a service that is not declared, with those that are", async () => {
    const [unknownRow, unknownRows, unknownService] = await Promise.all([
      app.client.error(`{ entityRow(entity: "users", key: {user_id: "${ONE}"}) { id } }`),
      app.client.error('{ entityRows(entity: "account") { totalCount } }'),
      app.client.error(
        `{ entityRow(entity: "user", key: {user_id: "${ONE}"}) { features(service: "risk") { json } } }`,
      ),
    ]);
    expect([unknownRow, unknownRows, unknownService].map(({ code, message }) => [code, message])).toEqual([
      [
        "BAD_USER_INPUT",
        'entity: this deployment declares no entity "users"; there is user; did you mean "user"?',
      ],
      ["BAD_USER_INPUT", 'entity: this deployment declares no entity "account"; there is user'],
      ["BAD_USER_INPUT", 'service: this deployment declares no feature service "risk"; there is churn'],
    ]);
  });
});

describe("the rows of an entity", () => {
  const rows = async (args: string) =>
    (
      await ask(
        `{ entityRows(entity: "user"${args}) { nodes { key } totalCount pageInfo { hasNextPage endCursor } } }`,
      )
    ).entityRows;

  it("come by key, page after page, each once", async () => {
    const seen: string[] = [];
    let after = "";
    do {
      const { nodes, totalCount, pageInfo } = await rows(`, first: 100${after}`);
      expect(totalCount).toBe(USERS.length);
      seen.push(...nodes.map(({ key }: any) => key.user_id));
      after = pageInfo.hasNextPage ? `, after: "${pageInfo.endCursor}"` : "";
    } while (after);
    expect(seen).toEqual(USERS);
  });

  it("are searched by what their key begins with, and counted", async () => {
    const { nodes, totalCount, pageInfo } = await rows(', search: "U-0001", first: 4');
    expect(nodes.map(({ key }: any) => key.user_id)).toEqual(USERS.slice(10, 14));
    expect([totalCount, pageInfo.hasNextPage]).toEqual([10, true]);
    expect((await rows(', search: "U_"')).totalCount).toBe(0);
    expect((await rows(', search: ""')).totalCount).toBe(USERS.length);
  });

  it("are read by the index of the key, whatever is searched", async () => {
    const pool = createPool(app.url, 1);
    const { rows: plan } = await pool.query(
      "explain select * from users where ($1::text is null or starts_with(user_id, $1)) order by user_id limit 5",
      ["U-0001"],
    );
    await pool.end();
    expect(plan.map((line: any) => line["QUERY PLAN"]).join("\n")).toMatch(/user_id >= 'U-0001'/);
  });

  it.each([
    ["first: 0", "first: 1 to 1000 was expected; got 0"],
    ["first: 1001", "first: 1 to 1000 was expected; got 1001"],
    ['after: "x"', 'after: "x" is no cursor of this list; pass pageInfo.endCursor of the page before'],
  ])("are refused with %s", async (args, message) => {
    expect(await app.client.error(`{ entityRows(entity: "user", ${args}) { totalCount } }`)).toMatchObject({
      code: "BAD_USER_INPUT",
      message,
    });
  });
});

describe("predictFor", () => {
  const fields =
    "key value class classes { class probability } prediction probability modelVersion { version } features { asOf json }";

  it.each([
    ["now", ""],
    ["as of a date by a version", `, asOf: "${JANUARY}", version: 1`],
  ])("answers as predict does, %s", async (_, args) => {
    const { predictFor, predict, predictMany } = await ask(
      `{ predictFor(service: "churn", key: {user_id: "${ONE}"}${args}) { ${fields} }
         predict(userId: "${ONE}"${args}) { ${fields} }
         predictMany(userIds: ["${ONE}", "nobody"]${args}) { key prediction { key } } }`,
    );
    expect(predictFor).toEqual(predict);
    expect(predictFor).toMatchObject({ key: { user_id: ONE }, value: null, class: null, classes: null });
    expect(predictMany).toEqual([
      { key: { user_id: ONE }, prediction: { key: { user_id: ONE } } },
      { key: { user_id: "nobody" }, prediction: null },
    ]);
  });

  it("follows an alias", async () => {
    await ask('mutation { setModelAlias(alias: "champion", version: 1) { version } }');
    const { predictFor } = await ask(
      `{ predictFor(service: "churn", key: {user_id: "${ONE}"}, alias: "champion") { modelVersion { version } } }`,
    );
    expect(predictFor.modelVersion.version).toBe(1);
  });

  it.each([
    [
      "service",
      `service: "chrun", key: {user_id: "${ONE}"}`,
      /no feature service "chrun"; there is churn; did you/,
    ],
    ["key", 'service: "churn"', /key: the key of one user was expected, .*; none was given/],
    [
      "key",
      'service: "churn", key: {customer_id: "1"}',
      /"customer_id" is no column of the key, user_id is missing/,
    ],
    [
      "features",
      'service: "churn", features: {monthly_fee: 3}',
      /features: months_active, .* must be given, as null where empty/,
    ],
    [
      "features",
      `service: "churn", key: {user_id: "${ONE}"}, features: {}`,
      /features and key: .*; give a key alone to have them read, or features alone/,
    ],
    [
      "request",
      `service: "churn", key: {user_id: "${ONE}"}, request: {amount: 900}`,
      /"amount" is no request feature of the service churn; it takes none/,
    ],
  ])("refuses the %s of %s", async (argument, args, message) => {
    expect(await app.client.error(`{ predictFor(${args}) { probability } }`)).toEqual({
      code: "BAD_USER_INPUT",
      argument,
      message: expect.stringMatching(message),
    });
  });

  it("fails as predict does where nothing is known, or nothing was in Production", async () => {
    const error = (args: string) =>
      app.client.error(`{ predictFor(service: "churn", ${args}) { probability } }`);
    expect(await error('key: {user_id: "nobody"}')).toMatchObject({
      code: "FEATURES_MISSING",
      userId: "nobody",
    });
    expect(await error(`key: {user_id: "${ONE}"}, asOf: "${JANUARY}"`)).toMatchObject({
      code: "NO_PRODUCTION_MODEL",
    });
  });
});

describe("the prediction log", () => {
  const page = async (args: string) =>
    (
      await ask(
        `{ predictions${args} { nodes { at userId key model version prediction probability value class features featuresSha256 request }
             pageInfo { hasNextPage endCursor } } }`,
      )
    ).predictions;

  it("lists what was answered, of one model and of one key", async () => {
    const { predict } = await ask(
      `{ predict(userId: "${USERS[7]}") { prediction probability features { json } } }`,
    );
    const { nodes } = await until("it is logged", async () => {
      const found = await page(`(userId: "${USERS[7]}", model: "churn")`);
      return found.nodes.length > 0 && found;
    });
    expect(nodes).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        userId: USERS[7],
        key: { user_id: USERS[7] },
        model: "churn",
        version: 1,
        prediction: predict.prediction,
        probability: expect.closeTo(predict.probability, 9),
        value: null,
        class: null,
        features: predict.features.json,
        featuresSha256: createHash("sha256").update(JSON.stringify(predict.features.json)).digest("hex"),
        request: null,
      },
    ]);
    expect(await page(`(entityKey: {user_id: "${USERS[7]}"})`)).toMatchObject({ nodes });
    expect((await page('(model: "other")')).nodes).toEqual([]);
    expect((await page(`(userId: "${USERS[7]}", model: "churn", version: 1)`)).nodes).toEqual(nodes);
    expect((await page('(model: "churn", version: 2)')).nodes).toEqual([]);
  });

  it("does not hear of an answer that somebody only looks at", async () => {
    const predict = (key: string, more: string) =>
      ask(`{ predictFor(service: "churn", key: {user_id: "${key}"}${more}) { probability } }`);
    await predict(USERS[8]!, ", log: false");
    await predict(USERS[9]!, "");
    await until(
      "the later one is logged",
      async () => (await page(`(userId: "${USERS[9]}")`)).nodes.length > 0,
    );
    expect((await page(`(userId: "${USERS[8]}")`)).nodes).toEqual([]);
  });

  it("is paged from the newest on, none missed and none twice, where all were answered at one instant", async () => {
    const at = "2024-03-01T12:00:00.000Z";
    await app.sql("select asof_prediction_log_day('2024-03-01'), asof_prediction_log_day('2024-02-29')");
    await app.sql(
      `insert into prediction_log (at, model, version, key, features_sha256, features, probability, prediction)
       select $1::timestamptz, 'paged', 1, 'P-' || n % 4, '', '{}'::jsonb, n / 100.0, 0 from generate_series(1, 10) n
       union all select $1::timestamptz - interval '13 hours', 'paged', 1, 'P-9', '', '{}', 0.5, 0`,
      [at],
    );
    const seen: string[] = [];
    let after = "";
    do {
      const { nodes, pageInfo } = await page(`(model: "paged", first: 3${after})`);
      seen.push(...nodes.map(({ userId, probability }: any) => `${userId} ${probability}`));
      after = pageInfo.hasNextPage ? `, after: "${pageInfo.endCursor}"` : "";
    } while (after);
    expect(seen).toHaveLength(11);
    expect(new Set(seen).size).toBe(11);
    expect(seen.map((each) => each.slice(0, 3))).toEqual([
      ...["P-3", "P-3", "P-2", "P-2", "P-2", "P-1", "P-1", "P-1", "P-0", "P-0", "P-9"],
    ]);
  });

  it.each([
    ["first: 0", "first: 1 to 1000 was expected; got 0"],
    ['after: "x"', 'after: "x" is no cursor of this list; pass pageInfo.endCursor of the page before'],
    [
      `userId: "U-1", entityKey: {user_id: "U-1"}`,
      "userId and entityKey: name one of them, they are two ways to say the same",
    ],
    ['entityKey: {id: "U-1"}', /user_id is missing/],
    ["version: 1", "version: name the model that it is a version of"],
    ['model: ""', "model cannot be used: it is empty"],
  ])("refuses %s", async (args, message) => {
    const error = await app.client.error(`{ predictions(${args}) { nodes { at } } }`);
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringMatching(message) });
  });

  it("reads a page by an index, whatever it is filtered by", async () => {
    const pool = createPool(app.url, 1);
    await pool.query(
      `insert into prediction_log (at, model, version, key, features_sha256, features, probability, prediction)
       select timestamptz '2024-03-01T06:00:00Z' + n * interval '1 second', 'long', 1, 'L-' || n % 500, '', '{}', 0.5, 0
       from generate_series(1, 20000) n`,
    );
    await pool.query("analyze prediction_log");
    const plan = async (where: string) => {
      const { rows } = await pool.query(
        `explain select * from prediction_log where ${where} order by at desc, model desc, version desc limit 5`,
      );
      return rows.map((line: any) => line["QUERY PLAN"]).join("\n");
    };
    for (const where of ["true", "model = 'long'", "key = 'L-1'"])
      expect(await plan(where)).toMatch(/Index Scan Backward using prediction_log_\d+/);
    await pool.end();
  });
});
