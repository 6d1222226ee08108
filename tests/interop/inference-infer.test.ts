import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytes, ONE, type ServedChurn, serveChurn, THREE, tensors } from "../support/inference.js";
import { until } from "../support/until.js";

let served: ServedChurn;
beforeAll(async () => {
  served = await serveChurn();
}, 180_000);
afterAll(() => served?.app.stop());

/** The newest first, those of one call by key. */
const logs = async () =>
  (await served.app.sql("select key, probability from prediction_log order by at desc, key")).map(
    ({ key, probability }) => [key, probability],
  );

describe("POST /v2/models/{model}/infer", () => {
  it("takes an alias for a version", async () => {
    await served.app.client.query(
      'mutation { setModelAlias(model: "churn", alias: "champion", version: 1) { version } }',
    );
    const { status, body } = await served.infer(
      [bytes("user_id", [ONE])],
      "/v2/models/churn/versions/@champion/infer",
    );
    expect([status, body.model_version, body.outputs[0].data]).toEqual([
      200,
      "1",
      [served.answers[0]!.probability],
    ]);
  });

  it("answers no rows with none, and the same twice for one that is asked twice", async () => {
    const none = await served.infer([bytes("user_id", [])]);
    expect([none.status, none.body.outputs[0]]).toEqual([
      200,
      { name: "probability", datatype: "FP64", shape: [0], data: [] },
    ]);
    const twice = await served.infer([bytes("user_id", [ONE, ONE])]);
    expect(twice.body.outputs[1].data).toEqual([
      served.answers[0]!.prediction,
      served.answers[0]!.prediction,
    ]);
  });

  it.each([
    [
      "an unknown input",
      tensors().concat(bytes("net_servic", ["DSL"])),
      400,
      '"net_servic" is no input of the model',
    ],
    [
      "a missing input",
      tensors({ skips_7d: undefined }),
      400,
      "missing: skips_7d; the model takes months_active",
    ],
    [
      "key and features",
      [...tensors(), bytes("user_id", [ONE])],
      400,
      "either the key (user_id) or the features were expected; got both",
    ],
    [
      "two of one name",
      [bytes("user_id", [ONE]), bytes("user_id", [ONE])],
      400,
      '"user_id": it is there twice',
    ],
    [
      "another number of rows",
      tensors({ skips_7d: { shape: [2], data: [1, 2] } }),
      400,
      '"skips_7d": 1 rows were expected, as in "months_active"; got 2',
    ],
    ["a value out of its range", tensors({ skips_7d: { data: [-1] } }), 400, "features: skips_7d: -1 "],
    [
      "a fraction of a whole number",
      tensors({ skips_7d: { data: [1.5] } }),
      400,
      "features: skips_7d: 1.5 must be a whole number",
    ],
    [
      "a word that is none of those",
      tensors({ net_service: { data: ["ADSL"] } }),
      400,
      'features: net_service: "ADSL"',
    ],
    ["an unknown key", [bytes("user_id", [ONE, "nobody", "none"])], 404, 'row 1: unknown user "nobody"'],
    [
      "a key that is none",
      [{ name: "user_id", shape: [1], datatype: "INT64", data: [7] }],
      400,
      "row 0: user_id cannot be used: it is a text; got 7",
    ],
    ["an empty key", [bytes("user_id", [""])], 400, "row 0: user_id cannot be used"],
    ["nothing", [], 400, "inputs: at least one tensor was expected"],
  ])("%s is refused", async (_, inputs, status, message) => {
    const answer = await served.infer(inputs);
    expect([answer.status, Object.keys(answer.body), answer.body.error]).toEqual([
      status,
      ["error"],
      expect.stringContaining(message),
    ]);
  });

  it("says of how many rows there is no answer", async () => {
    const { body } = await served.infer([bytes("user_id", ["nobody", ONE, "none"])]);
    expect(body.error).toMatch(/^row 0: unknown user "nobody".*; 1 more of 3 rows have none either$/);
  });

  it.each([
    [
      "that there is not",
      ["score"],
      "U-00011",
      '"score" is no output of the model; there is probability, prediction',
    ],
    ["twice", ["prediction", "prediction"], "U-00012", '"prediction" is asked for twice among the outputs'],
  ])("an output %s is refused before anything is scored or logged", async (_, names, next, message) => {
    const outputs = names.map((name) => ({ name }));
    const refused = await served.infer([bytes("user_id", ["U-00010"])], undefined, { outputs });
    expect([refused.status, refused.body.error]).toEqual([400, message]);
    await served.infer([bytes("user_id", [next])]);
    const keys = await until("the call after it is logged", async () => {
      const now = (await logs()).map(([key]) => key);
      return now.includes(next) && now;
    });
    expect(keys).not.toContain("U-00010");
  });

  it("logs what it answers, and nothing of a call of which a row has no answer", async () => {
    const logged = async () => (await logs()).slice(0, 2);
    await served.infer([bytes("user_id", [THREE, "nobody"])]);
    await served.infer([bytes("user_id", [ONE, THREE])]);
    const both = [ONE, THREE].map((key, i) => [key, served.answers[i]!.probability]);
    await until("both are logged", async () => JSON.stringify(await logged()) === JSON.stringify(both));
    expect(
      await served.app.sql(
        "select count(*)::int as rows from prediction_log group by at order by at desc limit 1",
      ),
    ).toEqual([{ rows: 2 }]);
    const [{ n }] = (await served.app.sql("select count(*)::int as n from prediction_log where key = $1", [
      THREE,
    ])) as any;
    await served.infer(tensors());
    await until("the row of features is logged", async () => (await logged()).some(([key]) => key === null));
    const after = await served.app.sql("select count(*)::int as n from prediction_log where key = $1", [
      THREE,
    ]);
    expect(after[0]!.n).toBe(n);
  });

  it("takes 10 000 rows at once, no more, and lets others pass meanwhile", async () => {
    const rows = 10_000;
    const many = (size: number) =>
      tensors().map((tensor) => ({ ...tensor, shape: [size], data: Array(size).fill(tensor.data[0]) }));
    const asked = served.infer(many(rows));
    const health = await served.get("/v2/health/live");
    expect(health[0]).toBe(200);
    const { status, body } = await asked;
    expect([status, body.outputs[0].shape, new Set(body.outputs[0].data)]).toEqual([
      200,
      [rows],
      new Set([served.answers[0]!.probability]),
    ]);
    const more = await served.infer([bytes("user_id", Array(rows + 1).fill(ONE))]);
    expect([more.status, more.body.error]).toEqual([
      400,
      expect.stringContaining("at most 10000 rows were expected"),
    ]);
  }, 60_000);
});
