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
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../../../src/db/pool.js";
import { executeJoin } from "../../../../src/features/offline/duckdb/duckdb.js";
import { importDuckDb } from "../../../../src/features/offline/duckdb/duckdb-package.js";
import type { Lake } from "../../../../src/features/offline/lake/lake.js";
import { openLake } from "../../../../src/features/offline/lake/lake.js";
import { syncLake } from "../../../../src/features/offline/lake/lake-sync.js";
import { compareLake, verifyLake } from "../../../../src/features/offline/lake/verify-lake.js";
import { storeUrlProblem } from "../../../../src/storage/open-store.js";
import { startTestApp, type TestApp } from "../../../support/app.js";
import { testing } from "../../../support/deployment/testing.js";
import { engineSettings, hasDuckDb, installedEngines } from "../../../support/engines.js";
import { ingestMonth, JANUARY, learnableMonth, movedMonth, USERS } from "../../../support/months.js";
import { until } from "../../../support/until.js";

const FEBRUARY = "2024-02-29";
const MARCH = "2024-03-31";
const RUN = `query($id: ID!) { run(id: $id) { status error { code message } artifacts { name sha256 }
  outcome { ... on JoinOutcome { rows file sha256 folder } } } }`;
const { signal } = new AbortController();
const [GONE] = USERS;
const ASKED = `user_id,as_of\n${USERS.slice(0, 50)
  .flatMap((user) => ["2023-12-31", JANUARY, "2024-02-15", FEBRUARY].map((asOf) => `${user},${asOf}\n`))
  .join("")}`;

let app: TestApp;
let pool: Pool;
let folder: string;
let lake: Lake;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "asof-lake-"));
  const lakeUrl = pathToFileURL(join(folder, "lake")).href;
  lake = openLake(lakeUrl);
  app = await startTestApp({ offline: { lakeUrl, sparkSubmit: engineSettings.sparkSubmit } });
  pool = createPool(app.url, 4);
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, FEBRUARY, movedMonth());
}, 300_000);
afterAll(async () => {
  await pool?.end();
  await app?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const on = (of: Lake = lake) => ({ pool, definitions: testing, lake: of, signal });
const settings = () => ({ lake, ...engineSettings });
const paths = (): string[] =>
  readdirSync(join(folder, "lake"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".parquet"))
    .sort();
/** A buffer of its own: that of a small file is a part of a shared one. */
const rowsOf = (path: string) =>
  parquetReadObjects({ file: new Uint8Array(readFileSync(join(folder, "lake", path))).buffer });
const catalogued = async () =>
  (await app.sql<{ path: string }>("select path from lake_files order by path")).map(({ path }) => path);

async function begun(query: string) {
  const answer = await fetch(`${app.client.address}/historical-features?service=churn&${query}`, {
    method: "POST",
    body: ASKED,
    headers: { "content-type": "text/csv" },
  });
  expect(answer.status).toBe(202);
  const { run } = (await answer.json()) as { run: string };
  return until(
    "the run has ended",
    async () => {
      const found = (await app.client.query(RUN, { id: run })).run;
      return found.status !== "QUEUED" && found.status !== "RUNNING" && { id: run, ...found };
    },
    120_000,
  );
}

describe("the lake", () => {
  it("has each part of each snapshot once, as Parquet, when its ingest has succeeded", async () => {
    const rows = await app.sql<{ name: string; rows: number; asOf: string }>(
      `select p.name, p.row_count as rows, p.event_date as "asOf", p.owner_id as "ownerId" from snapshot_parts p
       where p.snapshot_id = p.owner_id order by p.owner_id, p.name`,
    );
    expect(paths()).toEqual(await catalogued());
    expect(paths()).toHaveLength(rows.length);
    const file = paths().find((path) => path.startsWith(`subscriptions/${JANUARY}/`))!;
    const read = await rowsOf(file);
    expect(read).toHaveLength(rows.find(({ name }) => name === "subscriptions")!.rows);
    expect(Object.keys(read[0]!)).toEqual(expect.arrayContaining(["user_id", "as_of", "snapshot_id"]));
    expect(await compareLake(pool, lake, signal)).toMatchObject({ broken: [], behind: 0 });
  });

  it("is left alone by an ingest of the same files", async () => {
    const before = await app.sql("select path, written_at from lake_files order by 1");
    await ingestMonth(app, FEBRUARY, movedMonth(), "again");
    expect(await app.sql("select path, written_at from lake_files order by 1")).toEqual(before);
  });

  it("is written exactly once however often the writing is cut off, and keeps what is not asof's", async () => {
    const place = join(folder, "torn");
    const url = pathToFileURL(place).href;
    const whole = openLake(url);
    mkdirSync(join(place, "notes"), { recursive: true });
    writeFileSync(join(place, "notes", "mine.parquet"), "not asof's");
    let left = 3;
    // As a process that dies between a file and its row in the catalogue.
    const torn: Lake = {
      ...{ url, remedy: whole.remedy },
      put: (...of) => whole.put(...of),
      discard: (...of) => whole.discard(...of),
      read: (...of) => whole.read(...of),
      list: (...of) => whole.list(...of),
      remove: (...of) => whole.remove(...of),
      local: (...of) => whole.local(...of),
      begin: async (...of: Parameters<Lake["begin"]>) => {
        const writer = await whole.begin(...of);
        return {
          ...writer,
          finish: async (pathOf: (sha256: string) => string) => {
            const file = await writer.finish(pathOf);
            if (left-- === 0) throw new Error("killed");
            return file;
          },
        };
      },
    };
    await expect(syncLake(on(torn))).rejects.toThrow("killed");
    writeFileSync(join(place, "_writing", "parts", "half"), "half a file");
    const synced = await syncLake(on(whole));
    expect(synced.removed).toBe(1);
    expect(await compareLake(pool, whole, signal)).toMatchObject({
      broken: [],
      behind: 0,
      files: paths().length,
    });
    const here = readdirSync(place, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".parquet"),
    );
    expect(here.sort()).toEqual([...paths(), "notes/mine.parquet"].sort());
    await app.sql("delete from lake_files where lake = $1", [url]);
  });

  it("refuses a folder that is another database's", async () => {
    const place = join(folder, "foreign");
    mkdirSync(place);
    writeFileSync(join(place, "_asof.json"), '{"database":"1-2"}');
    await expect(syncLake(on(openLake(pathToFileURL(place).href)))).rejects.toThrow(
      /belongs to another database; set LAKE_URL to a folder of its own/,
    );
  });

  it("says which file is missing, cut off or changed", async () => {
    const [first, second, third] = paths().map((path) => join(folder, "lake", path));
    const held = [first!, second!, third!].map((path) => readFileSync(path));
    rmSync(first!);
    writeFileSync(second!, held[1]!.subarray(0, 10));
    const changed = Buffer.from(held[2]!);
    changed[9] = changed[9]! ^ 1;
    writeFileSync(third!, changed);
    const { broken } = await verifyLake(pool, testing, settings(), null, signal);
    expect(broken.map(({ problem }) => problem)).toEqual([
      "is not there",
      expect.stringMatching(/^has 10 bytes instead of \d+$/),
      "has other bytes than were written: its SHA-256 differs",
    ]);
    for (const [i, path] of [first!, second!, third!].entries()) writeFileSync(path, held[i]!);
    expect((await verifyLake(pool, testing, settings(), null, signal)).broken).toEqual([]);
  });

  it.skipIf(!hasDuckDb)(
    "has the rows that its snapshots were published with, hash for hash",
    async () => {
      const [duckdb] = installedEngines();
      const found = await verifyLake(pool, testing, settings(), duckdb!.lake, signal);
      expect(found).toMatchObject({ broken: [], behind: 0, hashed: paths().length });
    },
    120_000,
  );
});

describe("a join by another engine", () => {
  it.each(installedEngines().map(({ name }) => name))(
    "%s writes the bytes that postgres writes",
    async (engine) => {
      const [theirs, ours] = [
        await begun(`engine=${engine}&statuses=true`),
        await begun("engine=postgres&statuses=true"),
      ];
      expect(theirs).toMatchObject({ status: "SUCCEEDED", outcome: { rows: 200, file: "features.parquet" } });
      expect(theirs.outcome.sha256).toBe(ours.outcome.sha256);
      expect(readdirSync(tmpdir()).filter((name) => name.includes(theirs.id))).toEqual([]);
    },
    120_000,
  );

  it("refuses an engine that there is not, and a format that the lake does not have", async () => {
    const asked = (query: string) =>
      fetch(`${app.client.address}/historical-features?${query}`, {
        method: "POST",
        body: ASKED,
        headers: { "content-type": "text/csv" },
      }).then((answer) => answer.text());
    expect(await asked("engine=dukdb")).toMatch(
      /no offline engine is named .*dukdb.*; known: postgres, duckdb, spark/,
    );
    expect(await asked("to=lake&format=arrow")).toMatch(/format: the lake has Parquet files; got ARROW/);
  });
});

it.skipIf(!hasDuckDb)("a join that is given up before it begins runs nothing in DuckDB", async () => {
  const scratch = mkdtempSync(join(folder, "given-up-"));
  const asked = join(scratch, "asked.csv");
  writeFileSync(asked, ASKED);
  const given = { scratch, offline: settings(), signal: AbortSignal.abort(new Error("given up")) };
  const joined = executeJoin(given, asked, { steps: [], result: "select 1" });
  await expect(joined.next()).rejects.toThrow("given up");
  const { DuckDBInstance } = await importDuckDb();
  const instance = await DuckDBInstance.create(join(scratch, "join.duckdb"), {});
  const connection = await instance.connect();
  const views = await connection.runAndReadAll("select * from duckdb_views() where not internal");
  expect(views.getRowsJS()).toEqual([]);
  connection.closeSync();
  instance.closeSync();
});

it("a join writes to the lake, and lists its files in an artifact", async () => {
  const run = await begun("to=lake");
  expect(run).toMatchObject({
    status: "SUCCEEDED",
    outcome: { rows: 200, file: "features.json", folder: `${lake.url}/_joins/${run.id}` },
  });
  const artifact = run.artifacts.find(({ name }: { name: string }) => name === "features.json");
  const listed = await (await fetch(`${app.client.address}/artifacts/${artifact.sha256}`)).json();
  expect(listed).toMatchObject({ rows: 200, files: [{ rows: 200 }] });
  const bytes = readFileSync(join(folder, "lake", listed.files[0].path));
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(listed.files[0].sha256);
  // It is what the run's artifact would be.
  expect((await begun("run=true")).outcome.sha256).toBe(listed.files[0].sha256);
});

it("an erasure takes the person out of every file, and what runs have joined", async () => {
  const before = new Set(paths());
  const [{ id }] = Object.values(
    await app.client.query(`mutation { eraseUser(userId: "${GONE}", reason: "asked") { id } }`),
  ) as [{ id: string }];
  expect(await app.client.finished(id)).toMatchObject({ status: "SUCCEEDED", error: null });
  expect(
    existsSync(join(folder, "lake", "_joins")) && paths().some((path) => path.startsWith("_joins")),
  ).toBe(false);
  const rewritten = paths().filter((path) => !before.has(path));
  expect(rewritten.length).toBeGreaterThan(0);
  for (const path of paths()) {
    const rows = await rowsOf(path);
    expect(rows.filter((row) => Object.values(row).includes(GONE))).toEqual([]);
  }
  const engine = installedEngines()[0]?.lake ?? null;
  const found = await verifyLake(pool, testing, settings(), engine, signal);
  expect(found).toMatchObject({ broken: [], behind: 0 });
}, 120_000);

it("snapshots whose rows retention drops leave the lake with the next run", async () => {
  await app.client.query(`mutation { applyRetention(until: "${FEBRUARY}", dryRun: false) { limit } }`);
  expect(paths().some((path) => path.includes(`/${JANUARY}/`))).toBe(true);
  await ingestMonth(app, MARCH, movedMonth());
  expect(paths().some((path) => path.includes(`/${JANUARY}/`))).toBe(false);
  expect(paths()).toEqual(await catalogued());
});

it.each([
  ["/srv/lake", "must be a folder, as file:///srv/asof, or s3://bucket/prefix"],
  [
    "file://host/share",
    process.platform === "win32" ? null : "must be an absolute path, as file:///srv/asof",
  ],
  ["s3://B", "must be s3://bucket or s3://bucket/prefix"],
  ["s3://bucket/some/where", null],
  ["file:///srv/lake", null],
])("LAKE_URL %s: %s", (url, problem) => {
  expect(storeUrlProblem(url)).toBe(problem);
});
