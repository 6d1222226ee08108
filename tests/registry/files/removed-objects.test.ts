import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { ArtifactStore } from "../../../src/registry/artifact-store.js";
import { ExternalRuns } from "../../../src/registry/external-runs.js";
import { ArtifactMover } from "../../../src/registry/files/artifact-mover.js";
import { removeAllLeft } from "../../../src/registry/files/artifact-objects.js";
import { waitingArtifacts } from "../../../src/registry/files/verify-objects.js";
import { deleteRun } from "../../../src/registry/run-deletion.js";
import { bucketOfArtifacts } from "../../support/artifact-stores.js";
import { createMigratedDatabase, type TestDatabase } from "../../support/database.js";
import { refuse } from "../../support/s3-server.js";
import { until } from "../../support/until.js";

const TYPE = "application/octet-stream";
const { signal } = new AbortController();
const silent = pino({ level: process.env.LOG_LEVEL ?? "silent" });

let database: TestDatabase;
let pool: Pool;
let store: Awaited<ReturnType<typeof bucketOfArtifacts>>;
const movers = new Set<ArtifactMover>();
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 8);
});
beforeEach(async () => {
  store = await bucketOfArtifacts();
});
afterEach(async () => {
  store.s3.meddle = null;
  for (const mover of movers) await mover.close();
  movers.clear();
  await pool.query("delete from artifacts");
  await pool.query("delete from artifact_blobs");
  await pool.query("delete from artifact_objects");
  await store.stop();
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const saved = async (text: string) => {
  const { id } = await new ExternalRuns(pool).create({ params: {}, tags: {}, environment: {} }, "tester");
  const bytes = Buffer.alloc(100_000, text);
  const sha256 = await new ArtifactStore(pool).save(id, { name: "file", mediaType: TYPE, bytes });
  return { id, sha256 };
};
const remove = async (id: string) => {
  await new ExternalRuns(pool).finish(id, "SUCCEEDED", null, "tester");
  await deleteRun(pool, id, async () => {});
};
const startMover = (url: string | null = store.url) => {
  const mover = new ArtifactMover(pool, silent, url);
  movers.add(mover);
  mover.start();
  return mover;
};
const waiting = async () => (await waitingArtifacts(pool)).files;
const listed = async () => (await pool.query("select place, state from artifact_objects order by 1")).rows;
/** So many objects whose contents were deleted, and no mover that removes them. @returns paths in the order of removal */
const left = async (count: number) => {
  const mover = startMover();
  const runs = await Promise.all(Array.from({ length: count }, (_, place) => saved(`left ${place} `)));
  await until("they are moved", async () => (await waiting()) === 0 && (await listed()).length === 0);
  await mover.close();
  for (const { id } of runs) await remove(id);
  return [...store.files().keys()].sort();
};

it.each([
  ["was deleted meanwhile", true],
  ["is there still", false],
])(
  "an object of a worker that lost its turn while it wrote is removed, where the content %s",
  async (_, isDeleted) => {
    let land = () => {};
    const isHeld = new Promise<void>((held) => {
      store.s3.meddle = (request, response) => {
        if (request.method !== "PUT" || !request.url!.includes("/artifacts/")) return false;
        const chunks: Buffer[] = [];
        request
          .on("data", (chunk: Buffer) => chunks.push(chunk))
          .once("end", () => {
            land = () => {
              store.s3.meddle = null;
              store.s3.put(request.url!.split("/").slice(2).join("/"), Buffer.concat(chunks));
              response.writeHead(200, { etag: '"late"' }).end();
            };
            held();
          });
        return true;
      };
    });
    const { id } = await saved("of an erased person ");
    startMover();
    await isHeld;
    const [{ place }] = await listed();
    if (isDeleted) await remove(id);
    await pool.query(
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()
     and database = (select oid from pg_database where datname = current_database())`,
    );
    // As an erasure does it, which ends well: the object is not there yet.
    expect(await removeAllLeft(pool, signal)).toBe(1);
    expect(await listed()).toEqual([]);
    land();
    expect(place).toContain([...store.files().keys()][0]);
    const late = place.slice(store.url.length + 1);
    await until(
      "the late object is gone",
      async () => !store.files().has(late) && (await listed()).length === 0,
    );
    await until("what is kept is moved", async () => (await waiting()) === 0);
    expect(store.files().size).toBe(isDeleted ? 0 : 1);
  },
);

it("an object that is locked keeps no others, and is named; it goes when it may", async () => {
  const paths = await left(4);
  store.s3.meddle = (request, response) => {
    if (request.method !== "DELETE" || !request.url!.includes(paths[1]!)) return false;
    refuse(response, 403, "AccessDenied");
    return true;
  };
  await expect(removeAllLeft(pool, signal)).rejects.toMatchObject({
    code: "SOURCE_UNREADABLE",
    message: `${store.url}/${paths[1]}: S3 answered 403 AccessDenied: it refuses access; allow s3:DeleteObject on its objects, or correct the credentials`,
  });
  expect([...store.files().keys()]).toEqual([paths[1]]);
  store.s3.meddle = null;
  expect(await removeAllLeft(pool, signal)).toBe(1);
  expect(await listed()).toEqual([]);
});

it("of a store that is away one thing alone is asked, however much is to be removed there", async () => {
  await left(4);
  store.s3.meddle = (_, response) => {
    refuse(response, 403, "AccessDenied");
    return true;
  };
  const asked = store.s3.asked.length;
  await expect(removeAllLeft(pool, signal)).rejects.toMatchObject({
    message: expect.stringContaining(`${store.url}/_asof.json: S3 answered 403`),
  });
  expect(store.s3.asked.length).toBe(asked + 1);
});

it("parts that nobody may list keep one object alone, and the error says which right it takes", async () => {
  const paths = await left(2);
  await pool.query("update artifact_objects set state = 'CUT_OFF' where place = $1", [
    `${store.url}/${paths[0]}`,
  ]);
  store.s3.meddle = (request, response) => {
    if (!request.url!.includes("uploads")) return false;
    refuse(response, 403, "AccessDenied");
    return true;
  };
  await expect(removeAllLeft(pool, signal)).rejects.toMatchObject({
    message: expect.stringContaining(
      "allow s3:ListBucketMultipartUploads on the bucket and s3:AbortMultipartUpload on its objects",
    ),
  });
  expect([...store.files().keys()]).toEqual([paths[0]]);
});

it("objects are removed while a move takes its time", async () => {
  const paths = await left(1);
  await saved("waits ");
  store.s3.meddle = (request) => {
    if (request.method !== "PUT") return false;
    request.resume();
    return true;
  };
  startMover();
  await until("the deleted one is gone", () => !store.files().has(paths[0]!));
  expect(await waiting()).toBe(1);
});

it("what a dead worker was writing is removed where nothing is moved any more", async () => {
  const [path] = await left(1);
  await pool.query("update artifact_objects set state = 'WRITING'");
  startMover(null);
  await until("it is gone", async () => !store.files().has(path!) && (await listed()).length === 0);
});
