import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { type Endpoint, lacking, queryOf, recordedEndpoints, type Sample } from "./recorded.js";
import { MlflowCalls } from "./support.js";

const LAST = /DELETE .*registered-models\/delete$/;
/** What takes the models away comes last. */
const recorded = recordedEndpoints("models");
const endpoints: Endpoint[] = [
  ...recorded.filter(({ endpoint }) => !LAST.test(endpoint)),
  ...recorded.filter(({ endpoint }) => LAST.test(endpoint)),
];

let app: TestApp;
let mlflow: MlflowCalls;
let made = 0;
const ours = { experiment: "", run: "", model: "", registered: "recorded-model", staged: "recorded-staged" };

const send = async (method: string, path: string, body?: unknown) => {
  const isJson = typeof body === "object";
  const answer = await fetch(`${app.asof.address}/mlflow${path}`, {
    method,
    ...(isJson ? { headers: { "content-type": "application/json" } } : {}),
    ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : String(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, body: text.startsWith("{") ? JSON.parse(text) : null };
};
const put = (place: string, text: string) =>
  send("PUT", `/api/2.0/mlflow-artifacts/artifacts/${place}`, text);

beforeAll(async () => {
  if (endpoints.length === 0) return;
  app = await startTestApp();
  mlflow = new MlflowCalls(app);
  ours.experiment = await mlflow.experiment("recorded models");
  ours.run = await mlflow.run(ours.experiment);
  for (const [path, text] of [
    ["table.json", '{"columns":["q","a"],"data":[["x","y"]]}'],
    ["notes/text.txt", "two"],
    ["config/a.json", "{}"],
  ] as const)
    expect((await put(`${ours.experiment}/${ours.run}/artifacts/${path}`, text)).status).toBe(200);
  const { model } = await mlflow.ok("POST", "logged-models", {
    experiment_id: ours.experiment,
    name: "model",
    source_run_id: ours.run,
    tags: [{ key: "mlflow.user", value: "ada" }],
  });
  ours.model = model.info.model_id;
  await put(`${ours.experiment}/models/${ours.model}/artifacts/MLmodel`, "flavors: {sklearn: {}}");
  for (const name of [ours.registered, ours.staged]) {
    await mlflow.ok("POST", "registered-models/create", { name });
    for (const value of ["december", "january", "february"])
      await mlflow.ok("POST", "model-versions/create", {
        name,
        source: `models:/${ours.model}`,
        ...(value === "january" ? { tags: [{ key: "data", value }] } : {}),
      });
  }
  await mlflow.ok("POST", "model-versions/transition-stage", {
    ...{ name: ours.staged, version: "2", stage: "Production" },
  });
});
afterAll(() => app?.stop());

/** The same said of what is here. */
function here(text: string): string {
  return text
    .replace(/\b\d+\/models\/m-[0-9a-f]{32}\//g, `${ours.experiment}/models/${ours.model}/`)
    .replace(/\b\d+\/[0-9a-f]{32}\/artifacts/g, `${ours.experiment}/${ours.run}/artifacts`)
    .replace(/m-[0-9a-f]{32}/g, ours.model)
    .replace(/(?<![0-9a-f-])[0-9a-f]{32}(?![0-9a-f])/g, ours.run)
    .replace(/check-[0-9a-f]{8}-mod(el)?/g, (_, whole) => ours.registered.slice(0, whole ? undefined : -2))
    .replace(/check-[0-9a-f]{8}-staged/g, ours.staged);
}

function inputHere({ path, status, request }: Sample): unknown {
  if (typeof request !== "object" || request === null) return request ?? undefined;
  const input = JSON.parse(here(JSON.stringify(request)));
  if ("experiment_id" in input) input.experiment_id = ours.experiment;
  if ("experiment_ids" in input) input.experiment_ids = [ours.experiment];
  if (path.endsWith("registered-models/create") && status === 200) input.name = `${input.name}-${++made}`;
  return input;
}

/** Aliases and models stand as they stood when it was recorded. */
async function asItStood({ status, response }: Sample): Promise<void> {
  const { model_version: version, registered_model: model } = (response ?? {}) as Record<string, any>;
  const aliases: { alias: string; version: string }[] = [
    ...(version?.aliases ?? []).map((alias: string) => ({ alias, version: version.version })),
    ...(model?.aliases ?? []),
  ];
  if (status !== 200) return;
  for (const alias of aliases)
    await mlflow.ok("POST", "registered-models/alias", { name: ours.registered, ...alias });
}

describe.skipIf(endpoints.length === 0)("recorded traffic of MLflow 3 with files and models", () => {
  it.each(endpoints.map((each) => [each.endpoint, each] as const))("%s", async (endpoint, { samples }) => {
    for (const sample of samples) {
      await asItStood(sample);
      const query = new URLSearchParams(JSON.parse(here(JSON.stringify(queryOf(sample)))));
      // It was asked for after it was deleted.
      const isGone = sample.status === 404 && endpoint.endsWith("registered-models/get");
      if (isGone) query.set("name", "nobody");
      const path = `${here(sample.path)}${query.size > 0 ? `?${query}` : ""}`;
      const { status, text, body } = await send(sample.method, path, inputHere(sample));
      expect({ path, status }, text).toEqual({ path, status: sample.status });
      if (typeof sample.response === "string") expect([path, text]).toEqual([path, sample.response]);
      else if (sample.response !== null)
        expect([path, lacking(sample.response, body)], text).toEqual([path, []]);
    }
  });
});
