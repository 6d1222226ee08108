import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { ExternalRuns } from "../../../src/registry/external-runs.js";
import { sweepUploads } from "../../../src/registry/files/artifact-upload.js";
import type { FileOwner } from "../../../src/registry/files/file-owner.js";
import { filePath } from "../../../src/registry/files/file-path.js";
import { FileTree, MAX_FILES } from "../../../src/registry/files/file-tree.js";
import { deleteRun } from "../../../src/registry/run-deletion.js";
import { createMigratedDatabase, type TestDatabase } from "../../support/database.js";

const MEBIBYTE = 1 << 20;
const LIMIT = 8 * MEBIBYTE;

let database: TestDatabase;
let pool: Pool;
let tree: FileTree;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 4);
  tree = new FileTree(pool, pool, LIMIT);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function newRun(): Promise<FileOwner> {
  const { id } = await new ExternalRuns(pool).create({ params: {}, tags: {}, environment: {} }, "tester");
  return { kind: "run", id };
}
async function* chunks(...parts: (string | Buffer)[]) {
  for (const part of parts) yield Buffer.from(part);
}
const save = (owner: FileOwner, path: string, ...parts: (string | Buffer)[]) =>
  tree.save(owner, path, "text/plain", chunks(...parts));
async function read(owner: FileOwner, path: string): Promise<Buffer | null> {
  const file = await tree.open(owner, path);
  if (!file) return null;
  const parts: Buffer[] = [];
  for await (const part of file.read(0, file.byteLength - 1)) parts.push(part);
  return Buffer.concat(parts);
}
const text = async (owner: FileOwner, path: string) => (await read(owner, path))?.toString() ?? null;
const count = async (table: string): Promise<number> =>
  (await pool.query(`select count(*)::int as n from ${table}`)).rows[0].n;
/** What is stored beside the names: bytes, their pieces, and uploads that are under way. */
const stored = async () => ({
  blobs: await count("artifact_blobs"),
  pieces: await count("artifact_pieces"),
  uploads: await count("artifact_uploads"),
});
const bytesOf = (length: number, seed: number) => {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 9) + seed) & 255;
  return bytes;
};

describe("files of a run by their paths", () => {
  it("are listed folder by folder, and read back", async () => {
    const run = await newRun();
    await save(run, "plain.txt", "pla", "in");
    await save(run, "tree/top.txt", "top");
    await save(run, "tree/deep/er/bottom.txt", "bottom");
    await save(run, "tree/with space+plus é%_.txt", "names");
    await save(run, "treeless.txt", "no folder");
    expect(await tree.list(run, null)).toEqual([
      { name: "plain.txt", isFolder: false, bytes: 5 },
      { name: "tree", isFolder: true, bytes: 14 },
      { name: "treeless.txt", isFolder: false, bytes: 9 },
    ]);
    expect((await tree.list(run, "tree")).map(({ name, isFolder }) => [name, isFolder])).toEqual([
      ["deep", true],
      ["top.txt", false],
      ["with space+plus é%_.txt", false],
    ]);
    expect(await tree.list(run, "plain.txt")).toEqual([]);
    expect(await tree.list(run, "tre")).toEqual([]);
    expect(await text(run, "plain.txt")).toBe("plain");
    expect(await text(run, "tree/with space+plus é%_.txt")).toBe("names");
    expect(await text(run, "tree/deep")).toBeNull();
    expect((await tree.files(run, "tree/deep")).map(({ path }) => path)).toEqual(["tree/deep/er/bottom.txt"]);
  });

  it("may be empty", async () => {
    const run = await newRun();
    expect(await save(run, "sub/empty.txt")).toMatchObject({ bytes: 0 });
    expect(await text(run, "sub/empty.txt")).toBe("");
  });

  it("are stored in pieces where they are large, at whatever size their parts arrive, once per content", async () => {
    const run = await newRun();
    const before = await stored();
    const bytes = bytesOf(3 * MEBIBYTE + 17, 1);
    const parts = [
      bytes.subarray(0, 10),
      bytes.subarray(10, 2 * MEBIBYTE + 5),
      bytes.subarray(2 * MEBIBYTE + 5),
    ];
    const saved = await save(run, "large.bin", ...parts);
    expect(saved.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect((await read(run, "large.bin"))!.equals(bytes)).toBe(true);
    expect(await stored()).toEqual({ blobs: before.blobs + 1, pieces: before.pieces + 4, uploads: 0 });
    await save(await newRun(), "copy/large.bin", bytes);
    expect(await stored()).toEqual({ blobs: before.blobs + 1, pieces: before.pieces + 4, uploads: 0 });
    const exact = bytesOf(MEBIBYTE, 2);
    await save(run, "exact.bin", exact);
    expect((await read(run, "exact.bin"))!.equals(exact)).toBe(true);
  });

  it("are replaced, and their bytes go unless something else has them", async () => {
    const [run, other] = [await newRun(), await newRun()];
    const before = await stored();
    const [first, second] = [bytesOf(2 * MEBIBYTE, 3), bytesOf(2 * MEBIBYTE, 4)];
    await save(run, "a/x.bin", first);
    await save(other, "y.bin", first);
    await save(run, "a/x.bin", second);
    expect((await read(run, "a/x.bin"))!.equals(second)).toBe(true);
    expect((await read(other, "y.bin"))!.equals(first)).toBe(true);
    expect((await stored()).blobs).toBe(before.blobs + 2);
    await save(other, "y.bin", second);
    expect(await stored()).toEqual({ blobs: before.blobs + 1, pieces: before.pieces + 2, uploads: 0 });
  });

  it("are deleted one by one or as a folder, with their bytes", async () => {
    const run = await newRun();
    const before = await stored();
    await save(run, "d/one", bytesOf(2 * MEBIBYTE, 5));
    await save(run, "d/e/two", "two");
    await save(run, "dd", "other");
    expect(await tree.remove(run, "d", "tester")).toBe(2);
    expect((await tree.list(run, null)).map(({ name }) => name)).toEqual(["dd"]);
    expect(await tree.remove(run, "dd", "tester")).toBe(1);
    expect(await tree.remove(run, "dd", "tester")).toBe(0);
    expect(await stored()).toEqual(before);
    const { rows } = await pool.query("select message from run_events where run_id = $1 order by id", [
      run.id,
    ]);
    expect(rows.map(({ message }) => message).slice(-2)).toEqual([
      "2 artifacts of d deleted by tester",
      "artifact dd deleted by tester",
    ]);
  });

  it("go with their run", async () => {
    const run = await newRun();
    const before = await stored();
    await save(run, "d/one", bytesOf(2 * MEBIBYTE, 6));
    await new ExternalRuns(pool).finish(run.id, "SUCCEEDED", null, "tester");
    expect(await deleteRun(pool, run.id, async () => {})).toMatchObject({
      artifacts: 1,
      bytesFreed: 2 * MEBIBYTE,
    });
    expect(await stored()).toEqual(before);
  });
});

describe("what is refused leaves nothing", () => {
  it("a file where a folder is, or through a file", async () => {
    const run = await newRun();
    await save(run, "a/b", "file");
    await expect(save(run, "a", "x")).rejects.toThrow('path "a": it is a folder, and holds files');
    await expect(save(run, "a/b/c", "x")).rejects.toThrow('path "a/b/c": "a/b" is a file, and no folder');
  });

  it("a body that breaks off, or is longer than accepted", async () => {
    const run = await newRun();
    const before = await stored();
    async function* broken() {
      yield bytesOf(3 * MEBIBYTE, 7);
      throw new Error("aborted");
    }
    await expect(tree.save(run, "half", "text/plain", broken())).rejects.toThrow("aborted");
    await expect(save(run, "long", bytesOf(LIMIT, 8), "x")).rejects.toThrow(
      `the file has more than ${LIMIT} bytes, which is what ARTIFACT_MAX_BYTES accepts`,
    );
    expect(await tree.list(run, null)).toEqual([]);
    expect(await stored()).toEqual(before);
    await save(run, "longest", bytesOf(LIMIT, 8));
  });

  it("more files than accepted", async () => {
    const run = await newRun();
    const { sha256 } = await save(run, "first", "x");
    await pool.query(
      `insert into artifacts (run_id, name, media_type, bytes, sha256)
       select $1, 'f/' || n, 'text/plain', 1, $2 from generate_series(2, $3::int) n`,
      [run.id, sha256, MAX_FILES],
    );
    await expect(save(run, "one/more", "x")).rejects.toThrow(
      "there are 10000 files already, 10000 are accepted",
    );
    await save(run, "first", "replaced");
  });

  it("files of a run that is none, or asof's own", async () => {
    const id = randomUUID();
    await pool.query(
      "insert into runs (id, kind, status, params, actor) values ($1, 'TRAIN', 'SUCCEEDED', '{}', 'tester')",
      [id],
    );
    await expect(save({ kind: "run", id }, "a", "x")).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(save({ kind: "run", id: randomUUID() }, "a", "x")).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
  });

  it.each([
    ["a", ".."],
    ["."],
    [""],
    ["a", "", "b"],
    ["a\\b"],
    ["a/b"],
    ["a\u0000b"],
    ["a\nb"],
    ["é".repeat(513)],
  ])("the path %j %j", (...segments) => {
    expect(() => filePath(segments)).toThrow(/^path /);
  });

  it("takes names of any language", () => {
    expect(filePath(["modèle", "файл +%2F.txt", "..."])).toBe("modèle/файл +%2F.txt/...");
  });
});

describe("writers at once", () => {
  it("of one path: one of them is there, whole, and nothing of the others", async () => {
    const run = await newRun();
    const before = await stored();
    const all = Array.from({ length: 6 }, (_, seed) => bytesOf(2 * MEBIBYTE, 20 + seed));
    await Promise.all(all.map((bytes) => save(run, "same", bytes)));
    const kept = (await read(run, "same"))!;
    expect(all.some((bytes) => bytes.equals(kept))).toBe(true);
    expect(await stored()).toEqual({ blobs: before.blobs + 1, pieces: before.pieces + 2, uploads: 0 });
  });

  it("of the same bytes, while others delete them", async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, newRun));
    const bytes = bytesOf(2 * MEBIBYTE, 40);
    await Promise.all(
      runs.map(async (run) => {
        for (let round = 0; round < 5; round++) {
          await save(run, "same", bytes);
          expect((await read(run, "same"))!.equals(bytes)).toBe(true);
          await tree.remove(run, "same", "tester");
        }
      }),
    );
    expect(
      await pool.query("select 1 from artifact_blobs where sha256 = $1", [
        createHash("sha256").update(bytes).digest("hex"),
      ]),
    ).toMatchObject({ rowCount: 0 });
  });
});

describe("an upload whose process died", () => {
  it("is swept once it is old, with its pieces, and not before", async () => {
    const before = await stored();
    await pool.query(
      `with dead as (insert into artifact_uploads values ($1, now() - interval '1 hour'), ($2, now()) returning id)
       insert into artifact_pieces select id, 0, 'x' from dead`,
      [randomUUID(), randomUUID()],
    );
    await sweepUploads(pool);
    expect(await stored()).toEqual({ ...before, pieces: before.pieces + 1, uploads: 1 });
    await sweepUploads(pool, -1);
    expect(await stored()).toEqual(before);
  });

  it("cannot end after it was swept", async () => {
    const run = await newRun();
    const before = await stored();
    async function* slow() {
      yield bytesOf(2 * MEBIBYTE, 50);
      await sweepUploads(pool, -1);
      yield* rest;
    }
    let rest: Buffer[] = [];
    await expect(tree.save(run, "late", "text/plain", slow())).rejects.toMatchObject({ code: "CONFLICT" });
    rest = [bytesOf(2 * MEBIBYTE, 51)];
    await expect(tree.save(run, "late", "text/plain", slow())).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await stored()).toEqual(before);
  });
});
