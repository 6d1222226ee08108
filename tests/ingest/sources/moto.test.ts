import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { files } from "../../../src/definitions/language/origin.js";
import { S3Client } from "../../../src/s3/s3-client.js";
import { readS3Environment } from "../../../src/s3/s3-environment.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds } from "../../support/delivery.js";
import { testing } from "../../support/deployment/testing.js";
import { freePort } from "../../support/free-port.js";
import { until } from "../../support/until.js";
import { withOrigins } from "../../support/warehouse.js";

const PYTHON = resolve(".moto/bin/python");
const ENV = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_ENDPOINT_URL",
  "AWS_REGION",
];
const PREFIX = "täglich (1) + more";
const { signal } = new AbortController();

/** Users and objects, by boto3: another implementation of what is tested. Then every request must be signed by a user who may. */
const SETUP = `
import json, sys, urllib.request, boto3
url, objects = sys.argv[1], json.load(sys.stdin)
at = dict(endpoint_url=url, region_name="us-east-1", aws_access_key_id="setup", aws_secret_access_key="setup")
s3, iam = boto3.client("s3", **at), boto3.client("iam", **at)
s3.create_bucket(Bucket="extracts")
for key, body in objects.items():
    s3.put_object(Bucket="extracts", Key=key, Body=body.encode("utf-8"))
keys = {}
for name, actions in {"reader": ["s3:ListBucket", "s3:GetObject"], "stranger": ["sqs:SendMessage"]}.items():
    iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    keys[name] = {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}
urllib.request.urlopen(urllib.request.Request(url + "/moto-api/reset-auth", data=b"0", method="POST",
    headers={"content-type": "text/plain"}))
print(json.dumps(keys))
`;

const installed = existsSync(PYTHON);
if (!installed) console.warn("no .moto here (npm run test:s3 makes it): the tests against moto are skipped");

describe.skipIf(!installed)("an S3-compatible server that is not ours", () => {
  let moto: ChildProcess;
  let url: string;
  let keys: Record<"reader" | "stranger", Record<string, string>>;
  let app: TestApp;
  const before = Object.fromEntries(ENV.map((name) => [name, process.env[name]]));
  const large = randomBytes(1_000_000).toString("base64");

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    moto = spawn(PYTHON, ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], {
      env: { ...process.env, INITIAL_NO_AUTH_ACTION_COUNT: "100000" },
      stdio: "ignore",
    });
    await until("moto answers", async () => (await fetch(`${url}/moto-api/`).catch(() => null))?.ok, 60_000);
    const objects: Record<string, string> = { "large.csv": large };
    for (let i = 0; i < 1_200; i++) objects[`many/${String(i).padStart(5, "0")} & ä+%.csv`] = "x";
    for (const [source, lines] of Object.entries(smallDelivery(userIds(20))))
      objects[`${PREFIX}/2024-01-31/${source}.csv`] = `${lines.join("\n")}\n`;
    const made = execFileSync(PYTHON, ["-c", SETUP, url], {
      input: JSON.stringify(objects),
      maxBuffer: 1 << 26,
    });
    keys = JSON.parse(made.toString());
    for (const name of ENV) delete process.env[name];
    Object.assign(process.env, keys.reader, { AWS_ENDPOINT_URL: url });
    const at = files(`s3://extracts/${PREFIX}`);
    const everywhere = Object.fromEntries(testing.sources.map(({ name }) => [name, at]));
    app = await startTestApp({ definitions: withOrigins(testing, everywhere) });
  });
  afterAll(async () => {
    for (const name of ENV) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await app?.stop();
    moto?.kill();
  });

  const client = (env: Record<string, string>) =>
    new S3Client(readS3Environment({ ...env, AWS_ENDPOINT_URL: url }));
  const list = async (of: S3Client, prefix: string, bucket = "extracts") => {
    const found = [];
    for await (const object of of.list(bucket, prefix, signal)) found.push(object);
    return found;
  };

  it("is read whole, by a signature that another implementation checks", async () => {
    const [object] = await list(client(keys.reader), "large.csv");
    const hash = createHash("sha256");
    for await (const chunk of client(keys.reader).read({ bucket: "extracts", ...object! }, signal))
      hash.update(chunk);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(large).digest("hex"));
  });

  it("never gives another object than the one that was listed", async () => {
    const [object] = await list(client(keys.reader), "large.csv");
    const reading = async () => {
      const pinned = { bucket: "extracts", ...object!, etag: '"0123456789abcdef0123456789abcdef"' };
      for await (const _ of client(keys.reader).read(pinned, signal));
    };
    await expect(reading()).rejects.toThrow(/S3 answered 412|its ETag or length is another one/);
  });

  it.each<[string, () => Record<string, string>, object]>([
    [
      "a key that is unknown",
      () => ({ ...keys.reader, AWS_ACCESS_KEY_ID: "AKIANOBODY" }),
      { status: 403, code: "InvalidAccessKeyId" },
    ],
    [
      "a secret that is wrong",
      () => ({ ...keys.reader, AWS_SECRET_ACCESS_KEY: "wrong" }),
      { status: 403, code: "SignatureDoesNotMatch" },
    ],
    ["a user who may not", () => keys.stranger, { status: 403, code: "AccessDenied" }],
  ])("refuses %s", async (_, env, error) => {
    await expect(list(client(env()), "large.csv")).rejects.toMatchObject(error);
  });

  it("says that there is no such bucket", async () => {
    await expect(list(client(keys.reader), "", "nobodys-bucket")).rejects.toMatchObject({
      status: 404,
      code: "NoSuchBucket",
    });
  });

  describe("that does not check signatures", () => {
    // moto decodes a URL before it checks its signature, so that a slash in a prefix never fits; botocore's own is compared in
    // s3-client.test.ts.
    beforeAll(async () => {
      const headers = { "content-type": "text/plain" };
      await fetch(`${url}/moto-api/reset-auth`, { method: "POST", body: "1000000", headers });
    });

    it("is listed over several pages, with keys of any characters", async () => {
      const found = await list(client(keys.reader), "many/");
      expect(found).toHaveLength(1_200);
      expect(found[7]!.key).toBe("many/00007 & ä+%.csv");
      expect(new Set(found.map(({ key }) => key)).size).toBe(1_200);
    });

    it("delivers all sources of an ingest that is named by its date", async () => {
      const { ingest } = await app.client.query(`mutation { ingest(input: { asOf: "2024-01-31" }) { id } }`);
      const run = await app.client.finished(ingest.id);
      expect(run.error).toBeNull();
      expect(run.result.rows.users).toMatchObject({ rows: 20, inserted: 20 });
      expect((await app.client.ingest("2024-02-29", "2024-02-29")).error).toMatchObject({
        code: "SOURCE_NOT_FOUND",
      });
    });
  });
});
