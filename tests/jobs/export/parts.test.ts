import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { inParts } from "../../../src/features/export-parts.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import type { FinishedRun } from "../../support/graphql.js";
import { ingestMonth, JANUARY, learnableMonth, USERS } from "../../support/months.js";
import { refusal } from "../../support/tracker.js";

vi.setConfig({ testTimeout: 180_000 });

const [FEBRUARY, MARCH] = ["2024-02-29", "2024-03-31"];
const EXPORT = "mutation($input: ExportTrainingSetInput!) { exportTrainingSet(input: $input) { id } }";
const WHOLE = { asOfFrom: JANUARY, asOfTo: FEBRUARY, heldOut: {}, encoding: "ORDINAL" };
const PARTS = { ...WHOLE, formats: ["PARTS"], partRows: 100 };
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

let app: TestApp;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "asof-parts-"));
  app = await startTestApp({ offline: { lakeUrl: pathToFileURL(folder).href } });
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, FEBRUARY, withoutOne());
}, 180_000);
afterAll(async () => {
  await app?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The last user has left. */
function withoutOne() {
  const files = learnableMonth();
  for (const [name, lines] of Object.entries(files))
    files[name] = lines.filter((line) => !line.startsWith(`${USERS.at(-1)},`));
  return files;
}

async function exported(input: Record<string, unknown>): Promise<FinishedRun> {
  const { exportTrainingSet } = await app.client.query(EXPORT, { input });
  const run = await app.client.finished(exportTrainingSet.id);
  expect(run.error).toBeNull();
  return run;
}

async function artifactOf(run: FinishedRun, name: string): Promise<Buffer> {
  const artifact = run.artifacts.find((each) => each.name === name)!;
  return Buffer.from(await (await fetch(new URL(artifact.url, app.asof.address))).arrayBuffer());
}
const rowsOf = (bytes: Buffer) => parquetReadObjects({ file: new Uint8Array(bytes).buffer });
const inLake = (run: FinishedRun, name: string) => readFileSync(join(folder, "_exports", run.id, name));
const manifestOf = async (run: FinishedRun) =>
  JSON.parse((await artifactOf(run, "training_set.json")).toString());

describe("an export in parts", () => {
  it("goes to the lake where there is one: together the files are the one file", async () => {
    const run = await exported(PARTS);
    const { files, rows, heldOutRows } = run.result;
    expect(run.result.folder).toBe(`${pathToFileURL(folder).href}/_exports/${run.id}`);
    expect(files.map((file: any) => [file.name.slice(0, 10), file.rows])).toEqual([
      ...[
        ["part-00000", 100],
        ["part-00001", 100],
        ["part-00002", 100],
        ["part-00003", 100],
        ["part-00004", 79],
      ],
    ]);
    const parts = files.map(({ name }: { name: string }) => inLake(run, name));
    expect(files.map(({ bytes, sha256 }: any) => [bytes, sha256])).toEqual(
      parts.map((bytes: Buffer) => [bytes.length, sha256(bytes)]),
    );
    expect(run.artifacts.map(({ name }) => name)).toEqual(["categories.json", "training_set.json"]);
    const whole = await exported({ ...WHOLE, formats: ["PARQUET"] });
    expect((await Promise.all(parts.map(rowsOf))).flat()).toEqual(
      await rowsOf(await artifactOf(whole, "training_set.parquet")),
    );
    expect(whole.result).toMatchObject({ rows, heldOutRows });
    const keys = parquetMetadata(new Uint8Array(parts[0]!).buffer).key_value_metadata!.map(({ key }) => key);
    expect(keys).toEqual(["asof.held_out", "asof.categories"]);
    expect(await manifestOf(run)).toMatchObject({
      ...{ rows: 479, held_out_rows: heldOutRows, files, folder: run.result.folder },
      categories: "categories.json",
    });
  });

  it("is artifacts where it is asked for, with the same bytes in both places and each time", async () => {
    const [lake, one, two] = [
      await exported(PARTS),
      await exported({ ...PARTS, to: "ARTIFACT" }),
      await exported({ ...PARTS, to: "ARTIFACT" }),
    ];
    const hashes = (run: FinishedRun) => run.result.files.map((file: any) => file.sha256);
    expect(hashes(one)).toEqual(hashes(lake));
    const names = ["00000", "00001", "00002", "00003", "00004"].map((n) => `training_set/part-${n}.parquet`);
    expect(one.artifacts.map(({ name }) => name)).toEqual(["categories.json", "training_set.json", ...names]);
    expect(one.artifacts.map((each) => each.sha256)).toEqual(two.artifacts.map((each) => each.sha256));
    expect((await manifestOf(one)).folder).toBeNull();
  });

  it("is one file of rows that fit into one, and stands beside other formats", async () => {
    const run = await exported({
      ...PARTS,
      asOfTo: JANUARY,
      partRows: 240,
      formats: ["CSV", "PARTS"],
      to: "ARTIFACT",
    });
    expect(run.result.files.map(({ name, rows }: any) => [name, rows])).toEqual([
      ["training_set.csv", 240],
      ["training_set/part-00000.parquet", 240],
    ]);
    expect((await manifestOf(run)).files).toEqual(run.result.files);
  });

  it.each([
    [{ partRows: 0 }, /^input.partRows: 0 is out of range|^partRows: 0 is out of range/],
    [{ formats: ["CSV"], to: "LAKE" }, /^to: only PARTS can go to the lake; formats is CSV$/],
  ])("is refused: %j", async (input, message) => {
    const error = await refusal(app.client.query(EXPORT, { input: { ...PARTS, ...input } }));
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringMatching(message) });
  });

  it("loses its files with the rows of a person, in the lake too; one without them stays, and rubbish goes", async () => {
    const [january, february] = [
      await exported({ ...PARTS, asOfTo: JANUARY }),
      await exported({ ...PARTS, asOfFrom: FEBRUARY, asOfTo: FEBRUARY }),
    ];
    const stray = join(folder, "_exports", "00000000-0000-4000-8000-000000000000");
    mkdirSync(stray, { recursive: true });
    writeFileSync(join(stray, "part-00000-0.parquet"), "cut off");
    const { eraseUser } = await app.client.query(
      `mutation { eraseUser(userId: "${USERS.at(-1)}", reason: "request 5") { id } }`,
    );
    expect((await app.client.finished(eraseUser.id)).error).toBeNull();
    const left = (run: FinishedRun) =>
      existsSync(join(folder, "_exports", run.id)) ? readdirSync(join(folder, "_exports", run.id)).length : 0;
    expect([left(january), left(february)]).toEqual([0, 3]);
    expect(existsSync(join(stray, "part-00000-0.parquet"))).toBe(false);
    const names = await app.sql("select distinct run_id from artifacts where run_id = any($1::uuid[])", [
      [january.id, february.id],
    ]);
    expect(names).toEqual([{ run_id: february.id }]);
  });

  it("goes from the lake when its run is deleted, with the next ingest", async () => {
    const run = await exported({ ...PARTS, asOfFrom: FEBRUARY, asOfTo: FEBRUARY });
    await app.client.query("mutation($id: ID!) { deleteRun(id: $id) { id } }", { id: run.id });
    await ingestMonth(app, MARCH, withoutOne());
    const files =
      existsSync(join(folder, "_exports", run.id)) && readdirSync(join(folder, "_exports", run.id));
    expect(files || []).toEqual([]);
  });
});

it("rows are dealt to parts in their order, and none makes one empty part", async () => {
  const dealt = async (count: number) => {
    async function* rows() {
      for (let i = 0; i < count; i++) yield [i];
    }
    const parts: unknown[][] = [];
    for await (const part of inParts(rows(), 2)) {
      parts.push([]);
      for await (const [value] of part) parts.at(-1)!.push(value);
    }
    return parts;
  };
  expect([await dealt(0), await dealt(2), await dealt(5)]).toEqual([[[]], [[0, 1]], [[0, 1], [2, 3], [4]]]);
});
