import { afterAll, beforeAll, expect, it } from "vitest";
import type { Config } from "../../src/process/config.js";
import { month, PEOPLE, vault } from "../jobs/erase/vault.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { bucketOfArtifacts } from "../support/artifact-stores.js";
import { writeDelivery } from "../support/delivery.js";
import { refuse } from "../support/s3-server.js";

const JANUARY = "2024-01-31";
const PATH = "artifacts/3f/3f2a51c0-0000-4000-8000-000000000000";

let app: TestApp;
let bucket: Awaited<ReturnType<typeof bucketOfArtifacts>>;
const others: TestApp[] = [];
beforeAll(async () => {
  bucket = await bucketOfArtifacts();
  app = await startTestApp({ definitions: vault, config: { artifactsUrl: bucket.url } });
  writeDelivery(app.dataDir, "january", month({}));
  expect((await app.client.ingest("january", JANUARY)).error).toBeNull();
});
afterAll(async () => {
  for (const other of others) await other.stop();
  await app?.stop();
  await bucket?.stop();
});

/** Another process over the same database, which knows of no ARTIFACTS_URL. */
const startApi = async () => {
  const other = await startTestApp({
    definitions: vault,
    role: "api",
    databaseUrl: app.url,
    migrations: (app.asof.services.config as Config).migrations!,
  });
  others.push(other);
  return other;
};
const PREDICT = `{ predict(personId: "${PEOPLE[3]}") { probability } }`;

it("a training succeeds while the bucket is away, and its model is served from there once it was moved", async () => {
  bucket.s3.meddle = (request, response) => {
    request.resume().once("end", () => refuse(response, 403, "AccessDenied"));
    return true;
  };
  const { train } = await app.client.query(
    `mutation { train(input: { asOf: "${JANUARY}", algorithm: LOGISTIC_REGRESSION }) { id } }`,
  );
  expect((await app.client.finished(train.id)).error).toBeNull();
  await app.client.query(
    'mutation { promote(input: { version: 1, force: true, reason: "test" }) { version } }',
  );
  const { predict } = await app.client.query(PREDICT);
  bucket.s3.meddle = null;
  // A model of so few columns is smaller than what is moved by itself.
  const [file] = await app.sql<{ sha256: string; bytes: Buffer }>(
    "select b.sha256, b.bytes from artifact_blobs b join model_versions v on v.sha256 = b.sha256",
  );
  bucket.write(PATH, file!.bytes);
  await app.sql("update artifact_blobs set place = $2, size = $3, bytes = null where sha256 = $1", [
    file!.sha256,
    `${bucket.url}/${PATH}`,
    file!.bytes.length,
  ]);
  expect((await (await startApi()).client.query(PREDICT)).predict).toEqual(predict);
});

it("a process starts without the object, and says of the model what is missing and what to do", async () => {
  bucket.remove(PATH);
  const late = await startApi();
  const { code, message } = await late.client.error(PREDICT, {});
  expect(code).toBe("MODEL_NOT_SERVABLE");
  expect(message).toContain(
    `the file ${bucket.url}/${PATH} is not there; restore it from a backup of the store`,
  );
  // Who has loaded it answers.
  expect((await app.client.query(PREDICT)).predict.probability).toEqual(expect.any(Number));
});
