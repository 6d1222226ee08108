import { createHash } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool, withTransaction } from "../../../src/db/pool.js";
import { ArtifactStore } from "../../../src/registry/artifact-store.js";
import { ExternalRuns } from "../../../src/registry/external-runs.js";
import { ArtifactMover } from "../../../src/registry/files/artifact-mover.js";
import { removeAllLeft } from "../../../src/registry/files/artifact-objects.js";
import { ArtifactWriter } from "../../../src/registry/files/artifact-writer.js";
import { FileTree } from "../../../src/registry/files/file-tree.js";
import { verifyObjects, waitingArtifacts } from "../../../src/registry/files/verify-objects.js";
import { deleteRun } from "../../../src/registry/run-deletion.js";
import { applyRunRetention } from "../../../src/registry/run-retention.js";
import { bucketOfArtifacts, folderOfArtifacts, type TestStore } from "../../support/artifact-stores.js";
import { createMigratedDatabase, type TestDatabase } from "../../support/database.js";
import { refuse } from "../../support/s3-server.js";
import { until } from "../../support/until.js";

const KIBIBYTE = 1 << 10;
const MEBIBYTE = 1 << 20;
const TYPE = "application/octet-stream";
const { signal } = new AbortController();
const silent = pino({ level: process.env.LOG_LEVEL ?? "silent" });
const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Of so many bytes that no two pieces are alike: one in another's place is noticed. */
const PATTERN = Buffer.from(Array.from({ length: 1_000_003 }, (_, at) => (at * 31 + (at >> 9) * 7) & 255));
const bytesOf = (length: number, first: string) => {
  const bytes = Buffer.alloc(length, PATTERN);
  bytes.write(first);
  return bytes;
};

const kinds: Record<string, () => Promise<TestStore>> = {
  "a folder": async () => folderOfArtifacts(),
  "a bucket": bucketOfArtifacts,
};

describe.each(Object.entries(kinds))("artifacts in %s", (_, open) => {
  let database: TestDatabase;
  let pool: Pool;
  let store: TestStore;
  let artifacts: ArtifactStore;
  const movers = new Set<ArtifactMover>();
  beforeAll(async () => {
    database = await createMigratedDatabase();
    pool = createPool(database.url, 8);
    artifacts = new ArtifactStore(pool);
    store = await open();
  });
  afterEach(async () => {
    for (const mover of movers) await mover.close();
    movers.clear();
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
    await store?.stop();
  });

  const beginRun = async () =>
    (await new ExternalRuns(pool).create({ params: {}, tags: {}, environment: {} }, "tester")).id;
  const endRun = (id: string) => new ExternalRuns(pool).finish(id, "SUCCEEDED", null, "tester");
  const remove = (id: string) => deleteRun(pool, id, async () => {});
  const startMover = (url: string | null = store.url) => {
    const mover = new ArtifactMover(pool, silent, url);
    movers.add(mover);
    mover.start();
  };
  const isMoved = () =>
    until("everything is moved", async () => {
      const { rows } = await pool.query("select count(*)::int as objects from artifact_objects");
      return rows[0].objects === 0 && (await waitingArtifacts(pool)).files === 0;
    });
  const placeOf = async (sha256: string): Promise<string | null> => {
    const { rows } = await pool.query("select place from artifact_blobs where sha256 = $1", [sha256]);
    return rows[0].place;
  };
  const pathOf = async (sha256: string) => (await placeOf(sha256))!.slice(store.url.length + 1);
  async function* chunksOf(bytes: Buffer) {
    for (let at = 0; at < bytes.length; at += 200_000) yield bytes.subarray(at, at + 200_000);
  }
  const read = async (sha256: string, start: number, end: number) => {
    const chunks: Buffer[] = [];
    for await (const chunk of (await artifacts.open(sha256))!.read(start, end)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  /** In one value of the database. */
  const saved = async (run: string, name: string, bytes: Buffer) =>
    artifacts.save(run, { name, mediaType: TYPE, bytes });
  /** One that is there, of a run of its own. */
  const moved = async (bytes: Buffer) => {
    const sha256 = await saved(await beginRun(), "file", bytes);
    startMover();
    await isMoved();
    return sha256;
  };

  it("are moved there from one value and from pieces, and read as before; small ones stay", async () => {
    const run = await beginRun();
    const [small, value, pieces, written] = [
      bytesOf(64 * KIBIBYTE, "small"),
      bytesOf(3 * MEBIBYTE + 5, "value"),
      bytesOf(2 * MEBIBYTE + 17, "pieces"),
      bytesOf(900, "written"),
    ] as const;
    for (const [name, bytes] of Object.entries({ small, value })) await saved(run, name, bytes);
    const owner = { kind: "run", id: run } as const;
    await new FileTree(pool, pool, 8 * MEBIBYTE).save(owner, "a/../pieces%2e", TYPE, chunksOf(pieces));
    await withTransaction(pool, async (tx) => {
      const writer = await ArtifactWriter.begin(tx);
      await writer.write(written);
      await writer.finish(run, { name: "written", mediaType: TYPE });
    });
    startMover();
    await isMoved();
    expect(await placeOf(hashOf(small))).toBeNull();
    expect([...store.files().values()].map(hashOf).sort()).toEqual(
      [value, pieces, written].map(hashOf).sort(),
    );
    for (const path of store.files().keys())
      expect(path).toMatch(/^artifacts\/([0-9a-f]{2})\/\1[0-9a-f-]{34}$/);
    const { rows } = await pool.query(
      "select (select count(*)::int from artifact_pieces) as pieces, (select sum(octet_length(bytes))::int from artifact_blobs) as bytes",
    );
    expect(rows[0]).toEqual({ pieces: 0, bytes: small.length });
    for (const bytes of [value, pieces, written]) {
      const sha256 = hashOf(bytes);
      expect(await artifacts.size(sha256)).toBe(bytes.length);
      expect((await artifacts.read(sha256))!.equals(bytes)).toBe(true);
      expect(await artifacts.digest(sha256)).toBe(sha256);
      for (const [start, end] of [
        [0, 0],
        [100, 800],
        [bytes.length - 1, bytes.length - 1],
      ] as const)
        expect((await read(sha256, start, end)).equals(bytes.subarray(start, end + 1))).toBe(true);
    }
    const named = (await artifacts.readNamed(new Map([[run, ["small", "value", "none"]]]))).get(run)!;
    expect([...named.keys()].sort()).toEqual(["small", "value"]);
    expect(named.get("value")!.equals(value)).toBe(true);
    expect(await verifyObjects(pool, store.url, true, signal)).toMatchObject({
      files: 3,
      broken: [],
      unknown: [],
      isOwn: true,
    });
  });

  it("are one object a content, which goes with the last run that has it", async () => {
    const bytes = bytesOf(MEBIBYTE, "of two runs");
    const sha256 = await moved(bytes);
    const [first] = await artifacts.holders(sha256);
    const second = await beginRun();
    await saved(second, "again", bytes);
    await new FileTree(pool, pool, 8 * MEBIBYTE).save(
      { kind: "run", id: second },
      "b",
      TYPE,
      chunksOf(bytes),
    );
    const path = await pathOf(sha256);
    for (const id of [first!.runId, second]) await endRun(id);
    expect(await remove(first!.runId)).toMatchObject({ bytesFreed: 0 });
    expect(store.files().has(path)).toBe(true);
    await pool.query("update runs set finished_at = now() - interval '3 days' where id = $1", [second]);
    const request = { keepDays: 2, kinds: null };
    const report = await applyRunRetention(pool, { ...request, dryRun: true }, remove);
    expect(report).toMatchObject({ runIds: [second], bytesFreed: MEBIBYTE });
    expect(await applyRunRetention(pool, { ...request, dryRun: false }, remove)).toMatchObject({
      bytesFreed: MEBIBYTE,
    });
    await until("the object is removed", () => !store.files().has(path));
  });

  it("are written again under another name when the same content comes after it was deleted", async () => {
    const bytes = bytesOf(MEBIBYTE, "comes again");
    const sha256 = await moved(bytes);
    const [holder] = await artifacts.holders(sha256);
    const former = await pathOf(sha256);
    await endRun(holder!.runId);
    await remove(holder!.runId);
    await moved(bytes);
    expect(await pathOf(sha256)).not.toBe(former);
    expect((await artifacts.read(sha256))!.equals(bytes)).toBe(true);
    expect(store.files().has(former)).toBe(false);
  });

  it("stay readable when nothing is moved any more, and when another store is", async () => {
    const here = await moved(bytesOf(MEBIBYTE, "in the first store"));
    for (const mover of movers) await mover.close();
    const inDatabase = await saved(await beginRun(), "file", bytesOf(MEBIBYTE, "in the database"));
    startMover(null);
    expect((await artifacts.read(here))!.length).toBe(MEBIBYTE);
    expect((await artifacts.read(inDatabase))!.length).toBe(MEBIBYTE);
    expect(await placeOf(inDatabase)).toBeNull();
    const other = folderOfArtifacts();
    try {
      startMover(other.url);
      await isMoved();
      expect(await placeOf(inDatabase)).toContain(other.url);
      expect(await placeOf(here)).toContain(store.url);
      for (const sha256 of [here, inDatabase]) expect(hashOf((await artifacts.read(sha256))!)).toBe(sha256);
      // Of the former store, too, what is deleted goes.
      const path = await pathOf(here);
      for (const sha256 of [here, inDatabase])
        for (const { runId } of await artifacts.holders(sha256)) {
          await endRun(runId);
          await remove(runId);
        }
      await removeAllLeft(pool, signal);
      expect(store.files().has(path)).toBe(false);
      expect(other.files().size).toBe(0);
    } finally {
      await other.stop();
    }
  });

  it("say which is damaged or missing, and are never given out whole", async () => {
    const bytes = bytesOf(MEBIBYTE, "to be damaged");
    const sha256 = await moved(bytes);
    const path = await pathOf(sha256);
    const other = Buffer.from(bytes);
    other[500_000]! ^= 1;
    store.write(path, other);
    const given: Buffer[] = [];
    const reading = async () => {
      for await (const chunk of (await artifacts.open(sha256))!.read(0, bytes.length - 1)) given.push(chunk);
    };
    await expect(reading()).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: `the file ${store.url}/${path} has other bytes than were written: its SHA-256 is not ${sha256}; restore it from a backup of the store, or its bucket's former versions; asof doctor --artifacts lists all such files`,
    });
    expect(Buffer.concat(given).length).toBeLessThan(bytes.length);
    await expect(artifacts.read(sha256)).rejects.toThrow(/has other bytes than were written/);
    expect((await verifyObjects(pool, store.url, true, signal)).broken).toEqual([
      `${path} has other bytes than were written: its SHA-256 differs`,
    ]);
    store.write(path, bytes.subarray(0, 1000));
    await expect(read(sha256, 10, 20)).rejects.toThrow(
      /has 1000 bytes instead of the 1048576 that were written/,
    );
    store.remove(path);
    await expect(artifacts.read(sha256)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: expect.stringContaining(`${path} is not there; restore it`),
    });
    expect(await artifacts.digest(sha256)).toBeNull();
    expect((await verifyObjects(pool, store.url, false, signal)).broken).toEqual([`${path} is not there`]);
    store.write(path, bytes);
    expect((await artifacts.read(sha256))!.equals(bytes)).toBe(true);
  });

  it("are read on from there when they are moved while they are read", async () => {
    for (const asPieces of [true, false]) {
      const bytes = bytesOf(5 * MEBIBYTE, `read while moved ${asPieces}`);
      const run = await beginRun();
      if (asPieces)
        await new FileTree(pool, pool, 8 * MEBIBYTE).save(
          { kind: "run", id: run },
          "f",
          TYPE,
          chunksOf(bytes),
        );
      else await saved(run, "f", bytes);
      const chunks: Buffer[] = [];
      for await (const chunk of (await artifacts.open(hashOf(bytes)))!.read(7, bytes.length - 1)) {
        chunks.push(chunk);
        if (chunks.length > 1) continue;
        startMover();
        await isMoved();
      }
      expect(Buffer.concat(chunks).equals(bytes.subarray(7))).toBe(true);
    }
  });

  it("are neither written nor removed where another database's are, or where the mark is gone", async () => {
    const sha256 = await moved(bytesOf(MEBIBYTE, "of another database"));
    const mark = (text: string) => store.write("_asof.json", Buffer.from(text));
    const { rows } = await pool.query(
      "select system_identifier || '-' || (select oid from pg_database where datname = current_database()) as id from pg_control_system()",
    );
    for (const mover of movers) await mover.close();
    const [holder] = await artifacts.holders(sha256);
    const path = await pathOf(sha256);
    await endRun(holder!.runId);
    await remove(holder!.runId);
    mark('{"database":"another"}');
    await expect(removeAllLeft(pool, signal)).rejects.toMatchObject({
      code: "CONFLICT",
      message: `${store.url} belongs to another database: nothing is written or removed there; where it is this database's all the same, as after a restore, write {"database":"${rows[0].id}"} into _asof.json there`,
    });
    store.remove("_asof.json");
    await expect(removeAllLeft(pool, signal)).rejects.toThrow(/has no _asof.json \(is it mounted\?\)/);
    expect(store.files().has(path)).toBe(true);
    mark(`{"database":"${rows[0].id}"}`);
    expect(await removeAllLeft(pool, signal)).toBe(1);
    expect(store.files().has(path)).toBe(false);
  });
});

describe("a bucket", () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: Awaited<ReturnType<typeof bucketOfArtifacts>>;
  let mover: ArtifactMover;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    pool = createPool(database.url, 8);
    store = await bucketOfArtifacts();
    mover = new ArtifactMover(pool, silent, store.url);
  });
  afterAll(async () => {
    await mover?.close();
    await pool?.end();
    await database?.drop();
    await store?.stop();
  });
  const save = async (bytes: Buffer) => {
    const run = await new ExternalRuns(pool).create({ params: {}, tags: {}, environment: {} }, "tester");
    await withTransaction(pool, async (tx) => {
      const writer = await ArtifactWriter.begin(tx);
      for (let at = 0; at < bytes.length; at += MEBIBYTE)
        await writer.write(bytes.subarray(at, at + MEBIBYTE));
      await writer.finish(run.id, { name: "file", mediaType: TYPE });
    });
    return hashOf(bytes);
  };
  const isMoved = () => until("it is moved", async () => (await waitingArtifacts(pool)).files === 0, 60_000);

  it("takes files of any length in parts, after parts that failed; nothing of the failed ones is left", async () => {
    const bytes = bytesOf(130 * MEBIBYTE + 3, "large");
    const sha256 = await save(bytes);
    let failures = 0;
    store.s3.meddle = (request, response) => {
      if (!request.url!.includes("partNumber=2") || failures === 2) return false;
      failures++;
      // The second time it is refused for good: the whole upload is begun again.
      request
        .resume()
        .once("end", () =>
          refuse(response, failures === 1 ? 503 : 403, failures === 1 ? "SlowDown" : "AccessDenied"),
        );
      return true;
    };
    mover.start();
    await isMoved();
    expect([...store.files().values()].map(hashOf)).toEqual([sha256]);
    expect(store.s3.parts.size).toBe(0);
    expect(store.s3.asked.filter((line) => line.includes("partNumber=3"))).toHaveLength(1);
    expect(hashOf((await new ArtifactStore(pool).read(sha256))!)).toBe(sha256);
    await until("what was cut off is forgotten", async () => {
      const { rows } = await pool.query("select 1 from artifact_objects");
      return rows.length === 0;
    });
  }, 120_000);

  it("that is away keeps nobody from writing: files wait in the database, and are moved when it is back", async () => {
    store.s3.meddle = (request, response) => {
      request.resume().once("end", () => refuse(response, 403, "AccessDenied"));
      return true;
    };
    const bytes = [bytesOf(MEBIBYTE, "waits 1"), bytesOf(MEBIBYTE, "waits 2")];
    for (const each of bytes) await save(each);
    const asked = store.s3.asked.length;
    await until("it was tried", () => store.s3.asked.length > asked + 1);
    expect(await waitingArtifacts(pool)).toMatchObject({ files: 2, bytes: 2 * MEBIBYTE });
    for (const each of bytes)
      expect((await new ArtifactStore(pool).read(hashOf(each)))!.equals(each)).toBe(true);
    store.s3.meddle = null;
    await isMoved();
    expect(store.files().size).toBe(3);
  }, 90_000);

  it("that is away makes reading fail in words that name the file, and no secret", async () => {
    const sha256 = await save(bytesOf(MEBIBYTE, "out of reach"));
    await isMoved();
    store.s3.meddle = (_, response) => {
      refuse(response, 403, "AccessDenied");
      return true;
    };
    const failure = await new ArtifactStore(pool).read(sha256).catch((error) => error);
    store.s3.meddle = null;
    expect(failure.code).toBe("SERVICE_UNAVAILABLE");
    expect(failure.message).toContain(
      `the bytes of the file ${sha256}: s3://extracts/some/prefix/artifacts/`,
    );
    expect(failure.message).toContain("refuses access; allow s3:ListBucket");
    expect(failure.message).not.toContain("of-the-test");
  });
});
