import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { bucketOfArtifacts } from "../../support/artifact-stores.js";
import { writeDelivery } from "../../support/delivery.js";
import { refuse } from "../../support/s3-server.js";
import { until } from "../../support/until.js";
import { month, PEOPLE, VICTIM, vault } from "./vault.js";

const JANUARY = "2024-01-31";
const OTHER = PEOPLE[5]!;
const ERASE = `mutation ($id: ID!) { erasePerson(personId: $id, reason: "they asked for it") { id } }`;

let app: TestApp;
let bucket: Awaited<ReturnType<typeof bucketOfArtifacts>>;
beforeAll(async () => {
  bucket = await bucketOfArtifacts();
  app = await startTestApp({ definitions: vault, config: { artifactsUrl: bucket.url } });
  const whole = {
    people: `${VICTIM},Zebulonius,1907-11-23`,
    habits: `${VICTIM},7777.123,987654,Quuxborough`,
  };
  writeDelivery(app.dataDir, "january", month({ ...whole, outcomes: `${VICTIM},True` }));
  expect((await app.client.ingest("january", JANUARY)).error).toBeNull();
});
afterAll(async () => {
  await app?.stop();
  await bucket?.stop();
});

const exported = async () => {
  const { run } = await app.client.query(
    `mutation { run: exportTrainingSet(input: { asOfFrom: "${JANUARY}", asOfTo: "${JANUARY}", formats: [CSV] }) { id } }`,
  );
  expect((await app.client.finished(run.id)).error).toBeNull();
};
const joined = async (key: string) => {
  const asked = await fetch(`${app.client.address}/historical-features?run=true`, {
    method: "POST",
    headers: { "content-type": "text/csv" },
    body: `person_id,as_of\n${key},${JANUARY}\n`,
  });
  const { run } = (await asked.json()) as { run: string };
  expect((await app.client.finished(run)).error).toBeNull();
};
/** Keys of the objects, and uploads not finished, that have the text. */
const holding = (text: string) => [
  ...[...bucket.s3.objects].filter(([, { body }]) => body.includes(text)).map(([key]) => key),
  ...[...bucket.s3.parts.values()].filter(({ bodies }) =>
    [...bodies.values()].some((body) => body.includes(text)),
  ),
];
const isMoved = () =>
  until("everything is moved", async () => {
    const rows = await app.sql(
      "select 1 from artifact_blobs where upload is not null or octet_length(bytes) > 65536",
    );
    return rows.length === 0;
  });
const erase = async (id: string) => {
  const { erasePerson } = await app.client.query(ERASE, { id });
  return app.client.finished(erasePerson.id);
};

it("an erased person is in no object of the bucket when the run has ended", async () => {
  await exported();
  await joined(VICTIM);
  await isMoved();
  expect(holding(VICTIM).length).toBeGreaterThan(1);
  const run = await erase(VICTIM);
  expect(run.error).toBeNull();
  expect(holding(VICTIM)).toEqual([]);
  expect(holding("Quuxborough")).toEqual([]);
  expect(await app.sql("select place, state from artifact_objects")).toEqual([]);
});

it("nothing is said to be erased while the bucket is away; the run fails in plain words, and goes on by retryRun", async () => {
  await exported();
  await joined(OTHER);
  await isMoved();
  const before = holding(OTHER);
  expect(before.length).toBeGreaterThan(0);
  bucket.s3.meddle = (request, response) => {
    request.resume().once("end", () => refuse(response, 403, "AccessDenied"));
    return true;
  };
  const failed = await erase(OTHER);
  expect(failed).toMatchObject({ status: "FAILED", error: { code: "SOURCE_UNREADABLE", step: "pages" } });
  expect(failed.error!.message).toContain(
    "s3://extracts/some/prefix/_asof.json: S3 answered 403 AccessDenied",
  );
  expect(failed.error!.message).not.toContain(OTHER);
  bucket.s3.meddle = null;
  await app.client.query("mutation ($id: ID!) { retryRun(id: $id) { id } }", { id: failed.id });
  expect((await app.client.finished(failed.id)).error).toBeNull();
  expect(holding(OTHER)).toEqual([]);
});
