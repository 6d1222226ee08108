import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds } from "../../support/delivery.js";
import { ingestMonth, JANUARY } from "../../support/months.js";
import { type Answer, MlflowCalls, refused } from "./support.js";

let app: TestApp;
let mlflow: MlflowCalls;
let experiment: string;

beforeAll(async () => {
  app = await startTestApp();
  mlflow = new MlflowCalls(app);
  await ingestMonth(app, JANUARY, smallDelivery(userIds(40)));
  experiment = await mlflow.experiment("refused");
}, 180_000);
afterAll(() => app.stop());

const INVALID = [400, "INVALID_PARAMETER_VALUE"];
const MISSING = [404, "RESOURCE_DOES_NOT_EXIST"];
const token = (text: string) => Buffer.from(text).toString("base64url");
const uuidOf = (run: string) => run.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
const loggedModel = async () =>
  (await mlflow.ok("POST", "logged-models", { experiment_id: experiment, name: "m" })).model.info.model_id;

describe("what PostgreSQL would not take is refused before it is asked", () => {
  it.each([
    "9223372036854775808 2024-01-31 00:00:00+00 1",
    "1 2024-02-31 00:00:00+00 1",
    "1 2024-01-31 25:00:00+00 1",
    "1 2024-01-31 00:00:00+00 many",
    "1 2024-01-31 00:00:00+00",
  ])("the page of a history: %s", async (place) => {
    const run = await mlflow.run(experiment);
    const page = { run_id: run, metric_key: "loss", page_token: token(place) };
    expect(refused(await mlflow.get("metrics/get-history", page))).toEqual(INVALID);
  });

  it("the page of a search", async () => {
    const id = "00000000-0000-4000-8000-000000000001";
    for (const begin of ["2024-02-31 00:00:00+00", "2024-01-31 24:30:00+00", "2024-13-01 00:00:00+00"]) {
      const page = { experiment_ids: [experiment], page_token: token(`${begin} ${id}`) };
      expect([begin, refused(await mlflow.post("runs/search", page))]).toEqual([begin, INVALID]);
    }
  });

  it("an alias", async () => {
    await mlflow.ok("POST", "registered-models/create", { name: "aliased" });
    const asked = { name: "aliased", alias: "a\0b" };
    expect(refused(await mlflow.get("registered-models/alias", asked))).toEqual(INVALID);
    expect(refused(await mlflow.send("DELETE", "registered-models/alias", asked))).toEqual(INVALID);
  });

  it("what a model says of itself, and a list of such that a client has overwritten", async () => {
    const run = await mlflow.run(experiment);
    await mlflow.ok("POST", "runs/set-tag", { run_id: run, key: "mlflow.log-model.history", value: "{x" });
    const model_json = '{"flavors": {}, "odd": "\\u0000 \\ud800"}';
    await mlflow.ok("POST", "runs/log-model", { run_id: run, model_json });
    await mlflow.ok("POST", "runs/log-model", { run_id: run, model_json });
    const { tags } = (await mlflow.read(run)).data;
    const { value } = tags.find(({ key }: { key: string }) => key === "mlflow.log-model.history");
    expect(JSON.parse(value)).toEqual([JSON.parse(model_json), JSON.parse(model_json)]);
  });

  it("a day that does not exist, of a version's snapshot", async () => {
    const model_id = await loggedModel();
    const place = `${experiment}/models/${model_id}/artifacts/model.pkl`;
    await fetch(`${app.asof.address}/mlflow/api/2.0/mlflow-artifacts/artifacts/${place}`, {
      method: "PUT",
      body: "x",
    });
    const version = (value: string) =>
      mlflow.post("model-versions/create", {
        name: "churn",
        source: `models:/${model_id}`,
        tags: [{ key: "asof.as_of", value }],
      });
    for (const value of ["2024-02-31", "0000-01-01", "soon"])
      expect([value, refused(await version(value))]).toEqual([value, INVALID]);
    expect(refused(await version("2020-02-29"))).toEqual(MISSING);
  });
});

describe("a dataset of a snapshot", () => {
  const log = async (uri: string): Promise<{ answer: Answer; asOf: string | null }> => {
    const run = await mlflow.run(experiment);
    const dataset = { name: "d", digest: "1", source: JSON.stringify({ uri }) };
    const answer = await mlflow.post("runs/log-inputs", { run_id: run, datasets: [{ dataset }] });
    const { run: read } = await app.client.query(
      "query($id: ID!) { run(id: $id) { snapshot { asOf revision } } }",
      {
        id: uuidOf(run),
      },
    );
    return { answer, asOf: read.snapshot && `${read.snapshot.asOf} ${read.snapshot.revision}` };
  };

  it("ties the run to it, where there is one of that day", async () => {
    for (const [uri, asOf] of [
      ["asof://snapshot/2024-01-31", "2024-01-31 1"],
      ["asof://snapshot/2024-02-31", null],
      ["asof://snapshot/2023-01-31", null],
      ["s3://bucket/rows", null],
    ] as const)
      expect([uri, await log(uri)]).toEqual([uri, { answer: { status: 200, body: {} }, asOf }]);
  });

  it("ties it to the revision that holds, not to one that was withdrawn", async () => {
    await ingestMonth(app, JANUARY, smallDelivery(userIds(41)), "corrected");
    expect((await log("asof://snapshot/2024-01-31")).asOf).toBe("2024-01-31 2");
    const { withdrawSnapshot } = await app.client.query(
      `mutation { withdrawSnapshot(asOf: "${JANUARY}", reason: "a test") { id } }`,
    );
    await app.client.finished(withdrawSnapshot.id);
    expect((await log("asof://snapshot/2024-01-31")).asOf).toBe("2024-01-31 1");
  });
});

describe("a batch that names a logged model that is none", () => {
  it("writes nothing of itself", async () => {
    const run = await mlflow.run(experiment);
    const there = await loggedModel();
    const gone = await loggedModel();
    await mlflow.send("DELETE", `logged-models/${gone}`);
    const point = (key: string, model_id?: string) => ({ key, value: 1, timestamp: 1, step: 0, model_id });
    for (const model_id of [`m-${"0".repeat(32)}`, gone, "m-x"]) {
      const batch = {
        run_id: run,
        metrics: [point("a"), point("b", there), point("c", model_id)],
        params: [{ key: "p", value: "1" }],
        tags: [{ key: "t", value: "1" }],
      };
      expect(refused(await mlflow.post("runs/log-batch", batch))).toEqual(MISSING);
      expect(refused(await mlflow.post("runs/log-metric", { run_id: run, ...point("d", model_id) }))).toEqual(
        MISSING,
      );
    }
    const { data } = await mlflow.read(run);
    expect([data.metrics, data.params, data.tags.some(({ key }: { key: string }) => key === "t")]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    expect(await app.sql("select 1 from logged_model_metrics")).toEqual([]);
    await mlflow.ok("POST", "runs/log-metric", { run_id: run, ...point("a", there) });
    expect(await app.sql("select name from logged_model_metrics")).toEqual([{ name: "a" }]);
  });
});

describe("an experiment", () => {
  it("that is put aside and brought back says so of each of its runs, and by whom", async () => {
    const of = await mlflow.experiment("events");
    const runs = [await mlflow.run(of), await mlflow.run(of)];
    const calls = mlflow.with({ "x-asof-actor": "ada" });
    await calls.ok("POST", "experiments/delete", { experiment_id: of });
    await calls.ok("POST", "experiments/restore", { experiment_id: of });
    for (const run of runs) {
      const events = await app.sql(
        "select message, type from run_events where run_id = $1 order by id desc limit 2",
        [uuidOf(run)],
      );
      expect(events.map(({ message }) => message)).toEqual([
        expect.stringMatching(`^brought back with experiment ${of} by ada$`),
        expect.stringMatching(`^put aside with experiment ${of} by ada$`),
      ]);
    }
  });

  it("has a hundred tags at most", async () => {
    const tags = Array.from({ length: 101 }, (_, place) => ({ key: `t${place}`, value: "1" }));
    expect(refused(await mlflow.post("experiments/create", { name: "many tags", tags }))).toEqual(INVALID);
    const { experiment_id } = await mlflow.ok("POST", "experiments/create", {
      name: "full of tags",
      tags: tags.slice(1),
    });
    const add = { experiment_id, ...tags[0] };
    expect(refused(await mlflow.post("experiments/set-experiment-tag", add))).toEqual(INVALID);
    await mlflow.send("POST", "experiments/delete-experiment-tag", { experiment_id, key: "t1" });
    await mlflow.ok("POST", "experiments/set-experiment-tag", add);
  });
});
