import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { MlflowCalls, refusal, refused } from "./support.js";

let app: TestApp;
let mlflow: MlflowCalls;

beforeAll(async () => {
  app = await startTestApp();
  mlflow = new MlflowCalls(app);
});
afterAll(() => app.stop());

describe("experiments", () => {
  it("are made, found by id and by name, tagged, renamed, deleted and restored", async () => {
    const id = await mlflow.experiment("first");
    expect(await mlflow.post("experiments/create", { name: "first" }).then(refusal)).toEqual([
      400,
      "RESOURCE_ALREADY_EXISTS",
      'experiment "first" is there already; take another name',
    ]);
    await mlflow.ok("POST", "experiments/set-experiment-tag", { experiment_id: id, key: "team", value: "x" });
    const { experiment } = await mlflow.ok("GET", "experiments/get-by-name", { experiment_name: "first" });
    expect(experiment).toMatchObject({
      experiment_id: id,
      artifact_location: `mlflow-artifacts:/${id}`,
      lifecycle_stage: "active",
      tags: [{ key: "team", value: "x" }],
    });
    await mlflow.ok("POST", "experiments/delete-experiment-tag", { experiment_id: id, key: "team" });
    await mlflow.ok("POST", "experiments/update", { experiment_id: Number(id), new_name: "second" });
    await mlflow.ok("POST", "experiments/delete", { experiment_id: id });
    const stage = async () =>
      (await mlflow.ok("GET", "experiments/get", { experiment_id: id })).experiment.lifecycle_stage;
    expect(await stage()).toBe("deleted");
    expect(
      await mlflow.post("experiments/update", { experiment_id: id, new_name: "third" }).then(refusal),
    ).toEqual([400, "INVALID_PARAMETER_VALUE", expect.stringContaining("is deleted")]);
    await mlflow.ok("POST", "experiments/restore", { experiment_id: id });
    expect(await stage()).toBe("active");
  });

  it("unknown ones do not exist; asof's own and Default are kept", async () => {
    for (const query of [{ experiment_id: "987654321987" }])
      expect(await mlflow.get("experiments/get", query).then(refusal)).toEqual([
        404,
        "RESOURCE_DOES_NOT_EXIST",
        expect.any(String),
      ]);
    expect(await mlflow.get("experiments/get-by-name", { experiment_name: "none\0" }).then(refused)).toEqual([
      404,
      "RESOURCE_DOES_NOT_EXIST",
    ]);
    for (const id of ["0", "1"])
      expect(await mlflow.post("experiments/delete", { experiment_id: id }).then(refused)).toEqual([
        400,
        "INVALID_PARAMETER_VALUE",
      ]);
    expect(await mlflow.post("runs/create", { experiment_id: "1" }).then(refusal)).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
      expect.stringContaining("holds what asof itself runs"),
    ]);
  });
});

describe("runs", () => {
  it("are begun with tags that are fields, ended with the client's time, and taken up again", async () => {
    const experiment = await mlflow.experiment("runs");
    const parent = await mlflow.run(experiment, { run_name: "parent" });
    const id = await mlflow.run(experiment, {
      run_name: "child",
      user_id: "ada",
      tags: [
        { key: "mlflow.note.content", value: "what it is" },
        { key: "mlflow.parentRunId", value: parent },
        { key: "mlflow.source.git.commit", value: "abc" },
        { key: "mlflow.user", value: "ada" },
        { key: "__proto__", value: "kept" },
      ],
      another_field: { of: "a later release" },
    });
    const { info, data } = await mlflow.read(id);
    expect(info).toEqual({
      ...{ run_id: id, run_uuid: id, experiment_id: experiment, run_name: "child", user_id: "ada" },
      ...{ status: "RUNNING", start_time: 1_700_000_000_000, lifecycle_stage: "active" },
      artifact_uri: `mlflow-artifacts:/${experiment}/${id}/artifacts`,
    });
    expect(Object.fromEntries(data.tags.map((tag: any) => [`-${tag.key}`, tag.value]))).toEqual({
      "-mlflow.runName": "child",
      "-mlflow.note.content": "what it is",
      "-mlflow.parentRunId": parent,
      "-mlflow.source.git.commit": "abc",
      "-mlflow.user": "ada",
      "-__proto__": "kept",
    });
    const uuid = id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    const { run } = await app.client.query(
      "query($id: ID!) { run(id: $id) { kind name note gitCommit actor parent { name } deletedAt } }",
      { id: uuid },
    );
    expect(run).toMatchObject({ kind: "EXTERNAL", name: "child", note: "what it is", gitCommit: "abc" });
    const ended = await mlflow.ok("POST", "runs/update", {
      ...{ run_id: id, status: "FINISHED", end_time: 1_700_000_060_000 },
    });
    expect(ended.run_info).toMatchObject({ status: "FINISHED", end_time: 1_700_000_060_000 });
    const resumed = await mlflow.ok("POST", "runs/update", { run_id: id, status: "RUNNING" });
    expect(resumed.run_info.status).toBe("RUNNING");
    expect(resumed.run_info).not.toHaveProperty("end_time");
  });

  it("get a name where they have none, and an unknown one does not exist", async () => {
    const id = await mlflow.run("0");
    expect((await mlflow.read(id)).info.run_name).toMatch(/^[a-z]+-[a-z]+-\d+$/);
    for (const unknown of ["0".repeat(32), "nothing", ""])
      expect(await mlflow.get("runs/get", { run_id: unknown }).then(refused)).toEqual([
        404,
        "RESOURCE_DOES_NOT_EXIST",
      ]);
  });
});

it("answers routes that are not offered, and JSON that is none, in MLflow's shape", async () => {
  expect(await mlflow.post("traces", {}).then(refused)).toEqual([404, "ENDPOINT_NOT_FOUND"]);
  expect(await mlflow.post("runs/create", "{").then(refused)).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  const health = await fetch(`${app.asof.address}/mlflow/health`);
  expect([health.status, await health.text()]).toEqual([200, "OK"]);
});
