import { readFileSync } from "node:fs";
import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytes, NAMES, ONE, outputsOf, type ServedChurn, serveChurn } from "../support/inference.js";

/** What a client sent, as record_triton.py wrote it down. */
interface Recorded {
  what: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}
const recorded: { requests: Recorded[] } = JSON.parse(
  readFileSync(new URL("recorded/tritonclient.json", import.meta.url), "utf8"),
);
let served: ServedChurn;
beforeAll(async () => {
  served = await serveChurn();
}, 180_000);
afterAll(() => served?.app.stop());

describe("what tritonclient sends", () => {
  it.each(recorded.requests)("$what is answered as predict answers", async ({ path, headers, body }) => {
    const { "user-agent": _, ...sent } = headers;
    const answer = await fetch(`${served.app.asof.address}${path}`, {
      method: "POST",
      headers: sent,
      body: new Uint8Array(Buffer.from(body, "base64")),
    });
    expect(answer.status).toBe(200);
    const { head, outputs } = await outputsOf(answer);
    expect(head).toMatchObject({ model_name: "churn", model_version: "1" });
    expect(outputs).toEqual({
      probability: served.answers.map(({ probability }) => probability),
      prediction: served.answers.map(({ prediction }) => prediction),
    });
  });

  it("has its id back, the outputs it named in their order, each as it was wanted", async () => {
    const [first] = recorded.requests;
    const named = recorded.requests.find(({ what }) => what.startsWith("named"))!;
    const ask = async ({ path, headers, body }: Recorded) =>
      outputsOf(await served.post(path, Buffer.from(body, "base64"), headers));
    expect((await ask(first!)).head.id).toBe("r-1");
    const { head } = await ask(named);
    expect("id" in head).toBe(false);
    expect(head.outputs).toEqual([
      {
        name: "prediction",
        datatype: "INT64",
        shape: [2],
        data: served.answers.map(({ prediction }) => prediction),
      },
      { name: "probability", datatype: "FP64", shape: [2], parameters: { binary_data_size: 16 } },
    ]);
  });
});

describe("GET /v2", () => {
  it("names the server, what it can do, and whether it lives", async () => {
    expect(await served.get("/v2")).toEqual([
      200,
      { name: "asof", version: expect.stringMatching(/^\d/), extensions: ["binary_tensor_data"] },
    ]);
    expect(await served.get("/v2/health/live")).toEqual([200, { live: true }]);
    expect(await served.get("/v2/health/ready")).toEqual([200, { ready: true }]);
  });

  it("describes a model by the features it takes, and by its key", async () => {
    const [status, model] = await served.get("/v2/models/churn");
    expect([status, model.name, model.versions, model.platform]).toEqual([
      200,
      "churn",
      ["1"],
      "onnx_onnxruntime",
    ]);
    expect(model.inputs.map(({ name }: { name: string }) => name)).toEqual(NAMES);
    const of = (name: string) => model.inputs.find((each: { name: string }) => each.name === name);
    expect(of("months_active")).toEqual({ name: "months_active", datatype: "INT64", shape: [-1, 1] });
    expect(
      [of("monthly_fee"), of("paperless_billing"), of("net_service")].map(({ datatype }) => datatype),
    ).toEqual(["FP64", "BOOL", "BYTES"]);
    expect(model.outputs).toEqual([
      { name: "probability", datatype: "FP64", shape: [-1] },
      { name: "prediction", datatype: "INT64", shape: [-1] },
    ]);
    expect(model.parameters.key_inputs).toEqual([{ name: "user_id", datatype: "BYTES", shape: [-1, 1] }]);
    expect(await served.get("/v2/models/churn/versions/1")).toEqual([200, model]);
    expect(await served.get("/v2/models/churn/versions/1/ready")).toEqual([
      200,
      { name: "churn", ready: true },
    ]);
  });

  it.each([
    ["/v2/models/nothing", 404, 'no model is named "nothing"'],
    ["/v2/models/nothing/ready", 404, 'no model is named "nothing"'],
    ["/v2/models/churn/versions/9", 404, 'model "churn" has no version 9'],
    ["/v2/models/churn/versions/99999999999", 400, "a number such as 3, or an alias such as @champion"],
    ["/v2/models/churn/versions/4294967296", 404, 'model "churn" has no version 4294967296'],
    ["/v2/models/churn/versions/@nobody", 404, 'no version of "churn" has the alias "nobody"'],
    ["/v2/models/%00", 400, "cannot be used"],
    ["/v2/repository/index", 404, "no route is GET /v2/repository/index; there is GET /v2"],
  ])("%s is refused", async (path, status, message) => {
    const [got, body] = await served.get(path);
    expect([got, body.error]).toEqual([status, expect.stringContaining(message)]);
  });
});

describe("bodies", () => {
  it("inflates gzip and deflate as far as a body may be long, and answers compressed where it is worth it", async () => {
    const body = JSON.stringify({ inputs: [bytes("user_id", Array(200).fill(ONE))] });
    const path = "/v2/models/churn/infer";
    for (const [encoding, pack] of [
      ["gzip", gzipSync],
      ["deflate", deflateSync],
    ] as const) {
      const answer = await served.post(path, pack(body), {
        "content-encoding": encoding,
        "accept-encoding": encoding,
      });
      expect([answer.status, answer.headers.get("content-encoding")]).toEqual([200, encoding]);
      expect(((await answer.json()) as any).outputs[0].shape).toEqual([200]);
    }
    const plain = await served.post(path, body, { "accept-encoding": "gzip;q=0" });
    expect([plain.headers.get("content-encoding"), plain.headers.get("vary")]).toEqual([
      null,
      "accept-encoding",
    ]);
    const bomb = gzipSync(Buffer.alloc(17 * 1024 * 1024, " "));
    const cases = [
      [bomb, "gzip", 413, "inflates to more than 16777216 bytes"],
      [
        gzipSync(Buffer.alloc(5 * 1024 * 1024, " ")),
        "gzip",
        413,
        "JSON of at most 4194304 bytes was expected",
      ],
      [Buffer.from(body), "gzip", 400, "the body is no gzip"],
      [gzipSync(body).subarray(0, -9), "gzip", 400, "the body is no gzip"],
      [Buffer.from(body), "br", 415, 'gzip, deflate or none was expected; got "br"'],
      [Buffer.alloc(17 * 1024 * 1024, " "), "identity", 413, "too large"],
    ] as const;
    for (const [sent, encoding, status, message] of cases) {
      const answer = await served.post(path, sent, { "content-encoding": encoding });
      expect([answer.status, ((await answer.json()) as any).error]).toEqual([
        status,
        expect.stringContaining(message),
      ]);
    }
  });

  it("is not asked by pages of other sites: no preflight would stop them", async () => {
    const answer = await served.post("/v2/models/churn/infer", {}, { "sec-fetch-site": "cross-site" });
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { error: "tensors are not taken from pages of other sites" },
    ]);
  });
  it("compressed answers are what plain ones are", async () => {
    const body = Buffer.from(JSON.stringify({ inputs: [bytes("user_id", Array(200).fill(ONE))] }));
    const raw = async (encoding: string) => {
      const { request } = await import("node:http");
      const { hostname, port } = new URL(served.app.asof.address);
      return new Promise<Buffer>((resolve, reject) => {
        const sent = request(
          {
            hostname,
            port,
            method: "POST",
            path: "/v2/models/churn/infer",
            headers: { "accept-encoding": encoding },
          },
          (answer) => {
            const chunks: Buffer[] = [];
            answer.on("data", (chunk: Buffer) => chunks.push(chunk));
            answer.once("end", () => resolve(Buffer.concat(chunks)));
          },
        );
        sent.once("error", reject);
        sent.end(body);
      });
    };
    const plain = await raw("identity");
    expect(gunzipSync(await raw("gzip"))).toEqual(plain);
    expect(inflateSync(await raw("br, deflate;q=0.5"))).toEqual(plain);
  });
});
