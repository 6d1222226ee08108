import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool, type Queryable } from "../../../src/db/pool.js";
import { FileTooLargeError } from "../../../src/errors/file-too-large.js";
import { UnusableModelError } from "../../../src/errors/unusable-model.js";
import { findModelFile } from "../../../src/jobs/register/model-file.js";
import { ArtifactStore } from "../../../src/registry/artifact-store.js";
import { ExternalRuns } from "../../../src/registry/external-runs.js";
import { FileTree } from "../../../src/registry/files/file-tree.js";
import { MAX_MODEL_BYTES } from "../../../src/registry/files/stored-bytes.js";
import { createMigratedDatabase, type TestDatabase } from "../../support/database.js";

const MEBIBYTE = 1 << 20;

let database: TestDatabase;
let pool: Pool;
let runId: string;
beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool(database.url, 2);
  const run = await new ExternalRuns(pool).create({ params: {}, tags: {}, environment: {} }, "tester");
  runId = run.id;
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

/** Of so many bytes that no two pieces are alike: one in another's place is noticed. */
const PATTERN = Buffer.from(Array.from({ length: 1_000_003 }, (_, at) => (at * 31 + (at >> 9) * 7) & 255));
const bytesOf = (length: number) => Buffer.alloc(length, PATTERN);
const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function* chunksOf(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 200_000) yield bytes.subarray(at, at + 200_000);
}
/** As MLflow's clients send one: stored in pieces. */
const upload = (name: string, bytes: Buffer) =>
  new FileTree(pool, pool, 8 * MEBIBYTE).save(
    { kind: "run", id: runId },
    name,
    "application/octet-stream",
    chunksOf(bytes),
  );

/** The same connections, and the most bytes that any of their answers had. */
function watched(db: Pool) {
  const seen = { queries: 0, most: 0 };
  const watching: Queryable = {
    query: (async (...asked: unknown[]) => {
      const answer = await (db.query as (...of: unknown[]) => Promise<{ rows: unknown[] }>).call(
        db,
        ...asked,
      );
      seen.queries++;
      for (const row of answer.rows)
        for (const value of Object.values(row as object))
          if (Buffer.isBuffer(value)) seen.most = Math.max(seen.most, value.length);
      return answer;
    }) as Queryable["query"],
  };
  return { db: watching, seen };
}

describe("a file that is read whole", () => {
  it.each([
    ["in pieces", true],
    ["in one value", false],
  ])("comes piece by piece where it is kept %s", async (_, inPieces) => {
    const bytes = bytesOf(5 * MEBIBYTE + 123 + Number(inPieces));
    const sha256 = hashOf(bytes);
    if (inPieces) await upload("pieces.bin", bytes);
    else await new ArtifactStore(pool).save(runId, { name: "value.bin", mediaType: "x/y", bytes });
    const { db, seen } = watched(pool);
    const store = new ArtifactStore(db);
    expect(hashOf((await store.read(sha256))!)).toBe(sha256);
    // Its size, and six pieces: beside the file itself no more than one of them is held.
    expect(seen).toEqual({ queries: 7, most: MEBIBYTE });
    expect([await store.size(sha256), await store.digest(sha256)]).toEqual([bytes.length, sha256]);
    expect(seen.most).toBe(MEBIBYTE);
  });

  it("is refused above the bound before any of it is read, and read at the bound", async () => {
    const bytes = bytesOf(2 * MEBIBYTE);
    const { sha256 } = await upload("bounded.bin", bytes);
    const { db, seen } = watched(pool);
    const store = new ArtifactStore(db);
    const refused = await store.read(sha256, bytes.length - 1).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FileTooLargeError);
    expect((refused as Error).message).toBe(
      `the file ${sha256} has ${bytes.length} bytes; at most ${bytes.length - 1} are held in memory at once: make it smaller`,
    );
    expect(seen).toEqual({ queries: 1, most: 0 });
    expect((await store.read(sha256, bytes.length))!.equals(bytes)).toBe(true);
  });

  it("is null where there is none, and empty where it is empty", async () => {
    const store = new ArtifactStore(pool);
    expect([await store.size("none"), await store.read("none"), await store.digest("none")]).toEqual([
      ...[null, null, null],
    ]);
    const sha256 = await store.save(runId, { name: "empty", mediaType: "x/y", bytes: Buffer.alloc(0) });
    expect([await store.size(sha256), await store.read(sha256)]).toEqual([0, Buffer.alloc(0)]);
  });
});

describe("a model's file", () => {
  it("of more bytes than the bound is refused by its size, whether it is stored or comes with the call", async () => {
    expect(MAX_MODEL_BYTES).toBe(512 * MEBIBYTE);
    const bytes = bytesOf(MEBIBYTE + 1);
    const { sha256 } = await upload("model.onnx", bytes);
    const onnx = { name: "model.onnx", mediaType: "application/octet-stream", bytes };
    for (const where of [{ runId }, { runId: null, file: { sha256 } }, { runId, onnx }]) {
      const request = { artifact: "model.onnx", ...where };
      const refused = await findModelFile(pool, request, MEBIBYTE).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(UnusableModelError);
      expect((refused as Error).message).toBe(
        `the model was not registered: its file has ${MEBIBYTE + 1} bytes; at most ${MEBIBYTE} are accepted: export a smaller model`,
      );
      const { bytes: read, sha256: of } = await findModelFile(pool, request, MEBIBYTE + 1);
      expect([hashOf(read!), of]).toEqual([sha256, sha256]);
    }
  });
});
