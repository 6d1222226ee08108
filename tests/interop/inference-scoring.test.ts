import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NAMES, ONE, ROW, type ServedChurn, serveChurn, THREE } from "../support/inference.js";

let served: ServedChurn;
beforeAll(async () => {
  served = await serveChurn();
}, 180_000);
afterAll(() => served?.app.stop());

describe("MLflow's scoring", () => {
  const score = async (body: unknown, path = "/serving/churn/invocations", type = "application/json") => {
    const answer = await served.post(path, body, { "content-type": type });
    return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
  };
  const values = Object.values(ROW);
  const [header, row] = [NAMES.join(","), values.join(",")];

  it.each([
    ["dataframe_split", { dataframe_split: { columns: NAMES, index: [0], data: [values] } }],
    ["dataframe_records", { dataframe_records: [ROW] }],
    ["records with columns of others", { dataframe_records: [{ ...ROW, user_id: ONE, note: "x" }] }],
    ["inputs", { inputs: Object.fromEntries(NAMES.map((name, i) => [name, [values[i]]])) }],
    ["instances", { instances: [ROW] }],
    ["flags as numbers", { instances: [{ ...ROW, plan_stream_tv: 0, paperless_billing: 1 }] }],
    ["a key alone", { instances: [{ user_id: ONE }] }],
  ])("%s is answered as predict answers", async (_, body) => {
    const whole = await score({ ...body, params: { proba: true } });
    expect([whole.status, JSON.parse(whole.text)]).toEqual([
      200,
      {
        predictions: [
          { probability: served.answers[0]!.probability, prediction: served.answers[0]!.prediction },
        ],
      },
    ]);
    expect(await score(body)).toEqual({
      status: 200,
      type: "application/json",
      text: JSON.stringify({ predictions: [served.answers[0]!.prediction] }),
    });
  });

  it("takes CSV, of features or keys, for a version or an alias, and at the root for the default model", async () => {
    const expected = JSON.stringify({ predictions: served.answers.map(({ prediction }) => prediction) });
    const keys = `user_id\n${ONE}\n${THREE}\n`;
    await served.app.client.query(
      'mutation { setModelAlias(model: "churn", alias: "champion", version: 1) { version } }',
    );
    for (const path of ["/serving/churn", "/serving/churn/1", "/serving/churn/@champion", ""])
      expect((await score(keys, `${path}/invocations`, "text/csv")).text).toBe(expected);
    const features = await score(`${header}\n${row}\n`, undefined, "text/csv; charset=utf-8");
    expect(JSON.parse(features.text)).toEqual({ predictions: [served.answers[0]!.prediction] });
  });

  it("takes NaN as Python writes it for a value that is missing", async () => {
    const body = JSON.stringify({ instances: [{ user_id: null, ...ROW, plan_stream_tv: null }] });
    const bare = await score(body.replaceAll("null", "NaN"));
    expect([bare.status, bare.text]).toEqual([200, (await score(body)).text]);
  });

  it.each([
    [
      "no form",
      { nothing: 1 },
      400,
      "BAD_REQUEST",
      "exactly one of dataframe_split, dataframe_records, inputs, instances",
    ],
    ["two forms", { inputs: {}, instances: [] }, 400, "BAD_REQUEST", "got inputs, instances"],
    ["no JSON", "{", 400, "BAD_REQUEST", "the body is no JSON"],
    [
      "rows without names",
      { instances: [values] },
      400,
      "INVALID_PARAMETER_VALUE",
      "the model's inputs have names",
    ],
    [
      "a missing column",
      { dataframe_split: { columns: ["skips_7d"], data: [[1]] } },
      400,
      "INVALID_PARAMETER_VALUE",
      "missing: months_active",
    ],
    [
      "a key with what is no input",
      { instances: [{ user_id: ONE, note: 1 }] },
      400,
      "INVALID_PARAMETER_VALUE",
      '"note" is no input',
    ],
    [
      "an unknown key",
      { instances: [{ user_id: "nobody" }] },
      404,
      "RESOURCE_DOES_NOT_EXIST",
      'unknown user "nobody"',
    ],
    [
      "a value of another type",
      { instances: [{ ...ROW, skips_7d: "many" }] },
      400,
      "INVALID_PARAMETER_VALUE",
      "skips_7d",
    ],
    [
      "a value nested deep",
      `{"instances":[{"user_id":${"[".repeat(5_000)}${"]".repeat(5_000)}}]}`,
      400,
      "INVALID_PARAMETER_VALUE",
      "nested deeper",
    ],
  ])("%s is refused", async (_, body, status, code, message) => {
    const answer = await score(body);
    const { error_code, message: told } = JSON.parse(answer.text);
    expect([answer.status, error_code, told]).toEqual([status, code, expect.stringContaining(message)]);
  });

  it("refuses another media type in plain text, and a model that there is not", async () => {
    expect(await score("x", undefined, "text/plain")).toEqual({
      status: 415,
      type: expect.stringMatching(/^text\/plain/),
      text: 'the content type application/json or text/csv was expected; got "text/plain"',
    });
    const unknown = await score({ instances: [ROW] }, "/serving/nothing/invocations");
    expect([unknown.status, JSON.parse(unknown.text).error_code]).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
  });

  it("is pinged, as a load balancer does, and says its version", async () => {
    for (const path of ["/ping", "/serving/churn/ping", "/serving/churn/health", "/serving/churn/1/ping"]) {
      const answer = await fetch(`${served.app.asof.address}${path}`);
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, "\n"]);
    }
    expect((await fetch(`${served.app.asof.address}/serving/nothing/ping`)).status).toBe(404);
    const version = await fetch(`${served.app.asof.address}/serving/churn/version`);
    expect(await version.text()).toMatch(/^\d+\.\d+\.\d+/);
  });
});
