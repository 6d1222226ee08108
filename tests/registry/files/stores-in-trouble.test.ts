import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openArtifacts } from "../../../src/registry/files/outside.js";
import { bucketOfArtifacts, folderOfArtifacts, type TestStore } from "../../support/artifact-stores.js";

const { signal } = new AbortController();
const PATH = "artifacts/3f/3f2a51c0-0000-4000-8000-000000000000";
const stores: TestStore[] = [];
let folder: TestStore;
beforeEach(() => {
  folder = folderOfArtifacts();
  stores.push(folder);
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.stop();
});

const inFolder = (path: string) => join(fileURLToPath(folder.url), path);
const problem = (code: string) => ({
  code: "SERVICE_UNAVAILABLE",
  message: `the file ${folder.url}/${PATH}: the file system says ${code}; see that the folder is mounted and not full, and that this process may read and write there, then try again`,
});
const put = (read: () => Readable) =>
  openArtifacts(folder.url).put(PATH, { bytes: 1, sha256: "", read }, signal);
const read = async () => {
  for await (const _ of openArtifacts(folder.url).read(PATH, signal));
};

it("what is wrong with a folder is said in words, whatever is done there", async () => {
  mkdirSync(inFolder(PATH), { recursive: true });
  await expect(read()).rejects.toMatchObject(problem("EISDIR"));
  await expect(openArtifacts(folder.url).discard(PATH, signal)).rejects.toMatchObject(
    problem("ERR_FS_EISDIR"),
  );
  rmSync(inFolder("artifacts"), { recursive: true });
  writeFileSync(inFolder("artifacts"), "a file");
  await expect(put(() => Readable.from([Buffer.from("x")]))).rejects.toMatchObject(problem("ENOTDIR"));
});

it("what fails elsewhere while a folder is written to is not blamed on it", async () => {
  const away = new Error("the database is away");
  const failing = () =>
    new Readable({
      read() {
        this.destroy(away);
      },
    });
  await expect(put(failing)).rejects.toBe(away);
});

it("a bucket with more pages of objects than a source may have is looked through", async () => {
  const bucket = await bucketOfArtifacts();
  stores.push(bucket);
  bucket.s3.pageSize = 1;
  for (let n = 0; n < 1_003; n++) bucket.write(`artifacts/3f/${n}`, Buffer.from("x"));
  let objects = 0;
  for await (const _ of openArtifacts(bucket.url).list("artifacts/", signal)) objects++;
  expect(objects).toBe(1_003);
}, 60_000);
