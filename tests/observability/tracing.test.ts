import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import { JANUARY, learnableMonth, STRONG, USERS } from "../support/months.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  status?: { code?: number; message?: string };
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = "00f067aa0ba902b7";

/** What an OpenTelemetry collector receives over OTLP/HTTP, as JSON. */
let receiver: Server;
const spans: Span[] = [];
const services = new Set<string>();
let cluster: Cluster;
let asof: TestProcess;
let runId: string;

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString());
    for (const { resource, scopeSpans } of resourceSpans) {
      services.add(
        resource.attributes.find(({ key }: { key: string }) => key === "service.name").value.stringValue,
      );
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  cluster = await startCluster();
  writeDelivery(cluster.dataDir, "january", learnableMonth());
  asof = await cluster.start("all", {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
    OTEL_BSP_SCHEDULE_DELAY: "100",
  });
  expect(await asof.client.ingest("january", JANUARY)).toMatchObject({ error: null });
  const input = { asOf: JANUARY, seed: 1, params: STRONG };
  const training = await ask(
    "/graphql",
    { query: "mutation T($input: TrainInput!) { train(input: $input) { id } }", variables: { input } },
    "trained-1",
  );
  runId = training.data.train.id;
  expect(await asof.client.finished(runId)).toMatchObject({ error: null });
  await asof.client.query("mutation { promote(input: { version: 1 }) { version } }");
});
afterAll(async () => {
  await cluster?.stop();
  receiver?.close();
});

async function ask(path: string, body: unknown, requestId: string): Promise<any> {
  const response = await fetch(`${asof.client.address}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-request-id": requestId,
      traceparent: `00-${TRACE}-${CALLER}-01`,
    },
    body: JSON.stringify(body),
  });
  return response.json();
}
const attribute = (span: Span, name: string) => {
  const value = span.attributes.find(({ key }) => key === name)?.value;
  return value?.stringValue ?? (value?.intValue === undefined ? undefined : Number(value.intValue));
};
const received = (name: string, fits: (span: Span) => boolean = () => true) =>
  until(`a span ${name} arrives`, () => spans.find((span) => span.name === name && fits(span)));

it("a prediction's span holds those of its feature read and its ONNX run, in its caller's trace", async () => {
  await ask("/predict", { user_id: USERS[0] }, "predicted-1");
  const request = await received("POST /predict");
  expect(request).toMatchObject({ traceId: TRACE, parentSpanId: CALLER });
  expect(
    ["http.response.status_code", "http.route", "asof.request_id"].map((name) => attribute(request, name)),
  ).toEqual([200, "/predict", "predicted-1"]);
  const predict = await received("predict");
  const read = await received("features.read", ({ traceId }) => traceId === TRACE);
  const online = await received("features.online", ({ traceId }) => traceId === TRACE);
  const run = await received("onnx.run", ({ parentSpanId }) => parentSpanId === predict.spanId);
  expect([predict, read, online].map(({ parentSpanId }) => parentSpanId)).toEqual([
    request.spanId,
    predict.spanId,
    read.spanId,
  ]);
  expect([attribute(run, "asof.model"), attribute(run, "asof.version"), attribute(run, "asof.rows")]).toEqual(
    ["churn", 1, 1],
  );
  expect([...services]).toEqual(["asof"]);
});

it("a run's steps belong to the request that started it, whose id is on the run and in the worker's lines", async () => {
  const request = await received(
    "POST /graphql",
    (span) => attribute(span, "asof.request_id") === "trained-1",
  );
  const fit = await received("step fit", (span) => attribute(span, "asof.run_id") === runId);
  expect([fit.traceId, fit.parentSpanId]).toEqual([TRACE, request.spanId]);
  const { run } = await asof.client.query("query($id: ID!) { run(id: $id) { requestId } }", { id: runId });
  expect(run).toEqual({ requestId: "trained-1" });
  const lines = () =>
    asof
      .output()
      .split("\n")
      .filter((line) => line.includes(runId))
      .map((line) => JSON.parse(line));
  await until("its end is logged", () => lines().some(({ msg }) => msg === "run ended"));
  expect(lines().map(({ msg, reqId, kind, actor, status }) => [msg, reqId, kind, actor, status])).toEqual([
    ["run goes on in this process", "trained-1", "TRAIN", "anonymous", undefined],
    ["run ended", "trained-1", "TRAIN", "anonymous", "SUCCEEDED"],
  ]);
});

it("what fails says with which code, and nothing that was sent", async () => {
  await ask("/predict", { user_id: "hunter2" }, "failed-1");
  const failed = await received("predict", ({ status }) => status?.code === 2);
  expect(failed.status).toEqual({ code: 2, message: "FEATURES_MISSING" });
  expect(JSON.stringify(spans)).not.toContain("hunter2");
});
