import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createPool, type Pool, type Queryable } from "../../src/db/pool.js";
import { artifactProblems, findProblems } from "../../src/process/health.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";

const URL = "s3://bucket/kept";
const MINUTE_MS = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS);

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 2);
});
beforeEach(() => pool.query("delete from artifact_blobs"));
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

/** Of one value, or of two pieces. */
const waits = async (sha256: string, storedAt: Date | null, upload: string | null = null) => {
  const bytes = upload === null ? Buffer.alloc(1 << 20) : null;
  await pool.query("insert into artifact_blobs (sha256, bytes, upload, stored_at) values ($1, $2, $3, $4)", [
    ...[sha256, bytes, upload, storedAt],
  ]);
  if (upload !== null)
    await pool.query(
      "insert into artifact_pieces (upload, start, bytes) select $1, start, $2 from unnest(array[0, 1048576]) start",
      [upload, Buffer.alloc(1 << 20)],
    );
};
/** How many statements it takes, beside what it says. */
const asked = async (started: Date) => {
  let statements = 0;
  const db = {
    query: (...of: Parameters<Pool["query"]>) => {
      statements++;
      return pool.query(...of);
    },
  } as unknown as Queryable;
  return { problems: await artifactProblems(db, URL, started), statements };
};

it("artifacts that wait for long are a problem, those from before releases said since when, too", async () => {
  await waits("a", null);
  await waits("b", ago(1), "5f0c9a52-0d52-4a1c-8c6f-0d2f3f7f1c11");
  expect((await asked(ago(5))).problems).toEqual([]);
  const started = ago(11);
  expect((await asked(started)).problems).toEqual([
    {
      subject: "artifact store",
      message: `2 files of 3 MiB wait in PostgreSQL for ${URL}, since ${started.toISOString()}`,
      remedy: "the log of the workers says what keeps them; asof doctor tries the store",
    },
  ]);
  const stored = ago(20);
  await waits("c", stored);
  expect((await asked(ago(1))).problems[0]!.message).toContain(
    `3 files of 4 MiB wait in PostgreSQL for ${URL}, since ${stored.toISOString()}`,
  );
});

it("nothing is a problem where all wait for seconds or nothing is to be moved; how much waits is not summed up then", async () => {
  expect((await asked(ago(60))).problems).toEqual([]);
  await waits("a", ago(1));
  expect(await asked(ago(60))).toEqual({ problems: [], statements: 1 });
  await waits("b", ago(60));
  expect(await artifactProblems(pool, null)).toEqual([]);
});

it("a source of problems that fails, and one that does not answer, hide no other", async () => {
  const found = (subject: string) => [{ subject, message: "is not well", remedy: "mend it" }];
  const problems = await findProblems({
    disk: async () => found("disk"),
    views: [],
    freshness: async () => {
      throw new Error("the database is away");
    },
    models: async () => found("model"),
    windows: async () => found("window"),
    predictionLog: () => found("prediction log"),
    replica: () => [],
    artifacts: () => new Promise(() => {}),
    lineage: async () => found("lineage"),
  });
  expect(problems.map(({ subject }) => subject)).toEqual([
    "disk",
    "prediction log",
    "model",
    "window",
    "lineage",
  ]);
});
