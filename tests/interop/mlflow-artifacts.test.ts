import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { until } from "../support/until.js";

const MEBIBYTE = 1 << 20;

let app: TestApp;
let host: string;
beforeAll(async () => {
  app = await startTestApp();
  host = `${app.asof.address}/mlflow`;
});
afterAll(() => app?.stop());

async function call(method: string, path: string, body?: unknown) {
  const json = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`${host}/api/2.0/mlflow/${path}`, {
    method,
    ...(body === undefined ? {} : json),
  });
  return { status: answer.status, body: (await answer.json()) as any };
}
/** Where a new run's artifacts are, below `mlflow-artifacts:/`, and its id. */
async function newRun() {
  const { body } = await call("POST", "runs/create", { experiment_id: "0" });
  const { run_id: id, artifact_uri } = body.run.info;
  return { id, root: artifact_uri.replace("mlflow-artifacts:/", "") as string };
}
const proxied = (path: string) => `${host}/api/2.0/mlflow-artifacts/artifacts/${path}`;
const put = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(proxied(path), { method: "PUT", body: body as any, headers });
const listed = async (path: string) =>
  (await fetch(`${host}/api/2.0/mlflow-artifacts/artifacts?path=${encodeURIComponent(path)}`)).json() as any;
const refusal = async (answer: Response) => ({ status: answer.status, ...((await answer.json()) as object) });

/** The first closes the server to those without one. */
async function newToken(role: string, by?: string): Promise<string> {
  const answer = await fetch(`${app.asof.address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(by ? { authorization: `Bearer ${by}` } : {}) },
    body: JSON.stringify({ query: `mutation { createToken(name: "${role}", role: ${role}) { secret } }` }),
  });
  return ((await answer.json()) as any).data.createToken.secret;
}

describe("the proxy of artifacts", () => {
  it("stores what is put, lists it folder by folder, hands it back as a download and deletes it", async () => {
    const { id, root } = await newRun();
    expect((await put(`${root}/plain.txt`, "plain\n", { "content-type": "text/plain" })).status).toBe(200);
    expect(
      (await put(`${root}/config/a.json`, '{"a":NaN}', { "content-type": "application/json" })).status,
    ).toBe(200);
    expect((await put(`${root}/tree/with%20space+plus%20%C3%A9.txt`, "names")).status).toBe(200);
    expect(await listed(root)).toEqual({
      files: [
        { path: "config", is_dir: true },
        { path: "plain.txt", is_dir: false, file_size: 6 },
        { path: "tree", is_dir: true },
      ],
    });
    expect(await listed(`${root}/tree`)).toEqual({
      files: [{ path: "with space+plus é.txt", is_dir: false, file_size: 5 }],
    });
    expect((await call("GET", `artifacts/list?run_id=${id}&path=tree`)).body).toEqual({
      root_uri: `mlflow-artifacts:/${root}`,
      files: [{ path: "tree/with space+plus é.txt", is_dir: false, file_size: 5 }],
    });
    const page = await put(`${root}/page.html`, "<script>alert(1)</script>", { "content-type": "text/html" });
    expect(page.status).toBe(200);
    const answer = await fetch(proxied(`${root}/page.html`));
    expect(await answer.text()).toBe("<script>alert(1)</script>");
    for (const [name, value] of [
      ["content-type", "application/octet-stream"],
      ["content-disposition", 'attachment; filename="page.html"'],
      ["content-security-policy", "default-src 'none'; sandbox"],
      ["x-content-type-options", "nosniff"],
    ] as const)
      expect(answer.headers.get(name), name).toBe(value);
    expect((await fetch(proxied(`${root}/config/a.json`), { method: "DELETE" })).status).toBe(200);
    expect(await listed(`${root}/config`)).toEqual({ files: [] });
    expect(await refusal(await fetch(proxied(`${root}/config/a.json`)))).toMatchObject({
      status: 404,
      error_code: "RESOURCE_DOES_NOT_EXIST",
    });
  });

  it("answers 404 for a folder, as the client tries a folder as a file first", async () => {
    const { root } = await newRun();
    await put(`${root}/model/MLmodel`, "x");
    expect((await fetch(proxied(`${root}/model`))).status).toBe(404);
  });

  it("takes a slash that is encoded for a slash, and nothing that leads elsewhere", async () => {
    const { root } = await newRun();
    expect((await put(`${root}/a%2Fb.txt`, "x")).status).toBe(200);
    expect(await listed(`${root}/a`)).toEqual({ files: [{ path: "b.txt", is_dir: false, file_size: 1 }] });
    for (const path of [
      "%2e%2e/x",
      "a/%2E%2E%2Fx",
      "a/..%2f..%2fx",
      "a%5Cb",
      "a%00b",
      "%2e",
      "a//b",
      "%ff",
    ]) {
      const answer = await raw("PUT", `/mlflow/api/2.0/mlflow-artifacts/artifacts/${root}/${path}`, "x");
      expect([path, answer.status], answer.text).toEqual([path, 400]);
    }
    for (const place of [
      "../../etc/passwd",
      "0/x/artifacts/a",
      "models/x",
      "0/../artifacts",
      `${root}/../../x`,
    ]) {
      expect(
        (await raw("GET", `/mlflow/api/2.0/mlflow-artifacts/artifacts/${place}`)).status,
      ).toBeGreaterThanOrEqual(400);
    }
    expect((await put(`${root}/${"n".repeat(1_100)}`, "x")).status).toBe(400);
    expect((await put(root, "x")).status).toBe(400);
    expect((await listed(root)).files.map(({ path }: any) => path)).toEqual(["a"]);
  });

  it("takes an empty file that comes in chunks without a length, and one of some mebibytes", async () => {
    const { root } = await newRun();
    const head = "PUT %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    const path = `/mlflow/api/2.0/mlflow-artifacts/artifacts/${root}/empty.txt`;
    expect((await exchange(head.replace("%s", path))).status).toBe(200);
    const bytes = Buffer.alloc(5 * MEBIBYTE + 3, "asof");
    expect((await put(`${root}/large.bin`, bytes)).status).toBe(200);
    expect((await listed(root)).files.map(({ file_size }: any) => file_size)).toEqual([0, bytes.length]);
    expect(Buffer.from(await (await fetch(proxied(`${root}/large.bin`))).arrayBuffer()).equals(bytes)).toBe(
      true,
    );
    expect(await (await fetch(proxied(`${root}/empty.txt`))).text()).toBe("");
  });

  it("keeps nothing of a body that breaks off", async () => {
    const { root } = await newRun();
    const path = `/mlflow/api/2.0/mlflow-artifacts/artifacts/${root}/half.bin`;
    const socket = connect(Number(new URL(host).port), "127.0.0.1");
    socket.write(`PUT ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${8 * MEBIBYTE}\r\n\r\n`);
    socket.write(Buffer.alloc(3 * MEBIBYTE));
    const uploads = () => app.sql<{ n: number }>("select count(*)::int as n from artifact_uploads");
    await until("pieces have come", async () => (await uploads())[0]!.n === 1);
    socket.destroy();
    await until("they are gone", async () => (await uploads())[0]!.n === 0);
    expect(await listed(root)).toEqual({ files: [] });
    const orphans =
      "select 1 from artifact_pieces p where not exists (select 1 from artifact_blobs b where b.upload = p.upload)";
    expect(await app.sql(orphans)).toEqual([]);
  });

  it("writes to no run that was put aside, is asof's own, or is none", async () => {
    const { id, root } = await newRun();
    await put(`${root}/before.txt`, "x");
    await call("POST", "runs/delete", { run_id: id });
    expect(await refusal(await put(`${root}/after.txt`, "x"))).toMatchObject({
      status: 400,
      error_code: "INVALID_PARAMETER_VALUE",
    });
    expect((await fetch(proxied(`${root}/before.txt`), { method: "DELETE" })).status).toBe(400);
    expect(await (await fetch(proxied(`${root}/before.txt`))).text()).toBe("x");
    expect(await refusal(await put(`0/${"0".repeat(32)}/artifacts/a.txt`, "x"))).toMatchObject({
      status: 404,
      error_code: "RESOURCE_DOES_NOT_EXIST",
    });
  });

  it("says that multipart uploads are not there, without an error that clients repeat", async () => {
    const answer = await fetch(`${host}/api/2.0/mlflow-artifacts/mpu/create/0/x`, {
      method: "POST",
      body: "{}",
    });
    expect(await refusal(answer)).toMatchObject({ status: 501, error_code: "NOT_IMPLEMENTED" });
  });

  it("asks an operator for what it writes, and takes a token as a password", async () => {
    const { root } = await newRun();
    await put(`${root}/a.txt`, "x");
    const admin = await newToken("ADMIN");
    const [viewer, operator] = [await newToken("VIEWER", admin), await newToken("OPERATOR", admin)];
    const as = (method: string, authorization: string) =>
      fetch(proxied(`${root}/a.txt`), {
        method,
        headers: { authorization },
        ...(method === "PUT" ? { body: "y" } : {}),
      }).then(({ status }) => status);
    const basic = (secret: string) => `Basic ${Buffer.from(`any:${secret}`).toString("base64")}`;
    expect(await as("GET", `Bearer ${viewer}`)).toBe(200);
    expect(await as("PUT", `Bearer ${viewer}`)).toBe(403);
    expect(await as("DELETE", basic(viewer))).toBe(403);
    expect(await as("PUT", basic(operator))).toBe(200);
    expect(await as("PUT", "Bearer asof_wrong")).toBe(401);
    expect(await as("DELETE", `Bearer ${operator}`)).toBe(200);
  });
});

const exchange = (request: string): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(host).port), "127.0.0.1");
    let text = "";
    socket.on("data", (data) => {
      text += data;
      if (text.includes("\r\n\r\n")) socket.end();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve({ status: Number(text.slice(9, 12)), text }));
    socket.write(request);
  });
/** A path that no client's library has tidied. */
const raw = (method: string, path: string, body = "") =>
  exchange(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
