import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { lacking, queryOf, recordedEndpoints, type Sample } from "./recorded.js";
import { MlflowCalls } from "./support.js";

const endpoints = recordedEndpoints("tracking");

let app: TestApp;
let mlflow: MlflowCalls;
const ours = { name: "check-68587589-recorded", experiment: "", parent: "", run: "", deleted: "" };

beforeAll(async () => {
  app = await startTestApp();
  mlflow = new MlflowCalls(app);
  const tags = [{ key: "team", value: "growth" }];
  const made = await mlflow.ok("POST", "experiments/create", { name: ours.name, tags });
  ours.experiment = made.experiment_id;
  ours.parent = await mlflow.run("0");
  ours.deleted = await mlflow.run("0");
  await mlflow.ok("POST", "runs/delete", { run_id: ours.deleted });
  ours.run = await mlflow.run(ours.experiment, { tags: [{ key: "mlflow.parentRunId", value: ours.parent }] });
  await mlflow.ok("POST", "runs/log-batch", {
    run_id: ours.run,
    metrics: ["loss", "no_step", "auc"].map((key) => ({ key, value: 1, timestamp: 1, step: 0 })),
    params: [
      { key: "p1", value: "1" },
      { key: "my param", value: "v" },
    ],
  });
  const dataset = { name: "d", digest: "1", source_type: "local", source: "{}", schema: "{}", profile: "{}" };
  await mlflow.ok("POST", "runs/log-inputs", {
    run_id: ours.run,
    datasets: [{ dataset, tags: [{ key: "mlflow.data.context", value: "train" }] }],
  });
  await mlflow.ok("POST", "runs/update", {
    run_id: ours.run,
    status: "FINISHED",
    end_time: 1_800_000_000_000,
  });
});
afterAll(() => app?.stop());

/** The same request about what is here; what was refused keeps the ids that it was refused for. */
function here({ label, path, status }: Sample, input: Record<string, any>): Record<string, any> {
  const isNew = path.endsWith("experiments/create");
  const text = JSON.stringify(input, (_, value) =>
    typeof value === "string" && value.startsWith("…") ? undefined : value,
  );
  const named = isNew ? text : text.replace(/check-68587589-[a-z]+/g, ours.name);
  const given = JSON.parse(named.replace(/(?<==\s')[0-9a-f]{32}/g, ours.parent), (_, value) =>
    Array.isArray(value) ? value.filter((entry) => entry !== null) : value,
  );
  if (status === 404)
    // What was made since is there.
    return input.experiment_name ? { experiment_name: `${input.experiment_name}-none` } : { ...input };
  const run = status === 400 && label === "ends" ? ours.deleted : ours.run;
  if ("run_id" in given) given.run_id = run;
  if ("run_uuid" in given) given.run_uuid = run;
  if ("experiment_id" in given) given.experiment_id = ours.experiment;
  if ("experiment_ids" in given) given.experiment_ids = [ours.experiment];
  return given;
}

describe.skipIf(endpoints.length === 0)("recorded traffic of MLflow 3", () => {
  it.each(endpoints.map((each) => [each.endpoint, each] as const))("%s", async (_, { samples }) => {
    for (const sample of samples) {
      const query = new URLSearchParams(here(sample, queryOf(sample)));
      const path = `${sample.path.replace(/^.*?\/mlflow\//, "")}${query.size > 0 ? `?${query}` : ""}`;
      const body = sample.request ? here(sample, sample.request as object) : undefined;
      const { status, body: answer } = await mlflow.send(sample.method, path, body);
      expect({ path, status, lacking: lacking(sample.response, answer) }).toEqual({
        path,
        status: sample.status,
        lacking: [],
      });
    }
  });
});
