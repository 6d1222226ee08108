import { createHash, type Hash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Pool } from "../../db/pool.js";
import { ConflictError } from "../../errors/errors.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import type { GivenFile } from "./specification.js";

const prefixOf = (runId: string) => `asof-training-${runId}-`;

/** A new folder for one execution of the run; those of earlier ones, whose processes died, go. */
export async function makeTrainingFolder(parent: string, runId: string): Promise<string> {
  await removeTrainingFolders(parent, runId);
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, prefixOf(runId)));
}

export async function removeTrainingFolders(parent: string, runId: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const theirs = names.filter((name) => name.startsWith(prefixOf(runId)));
  for (const name of theirs) await rm(join(parent, name), { recursive: true, force: true });
}

/** Copies the artifacts into the folder, under their names. @throws {ConflictError} an erasure or a deletion has taken one */
export async function copyFiles(
  pool: Pool,
  folder: string,
  files: readonly GivenFile[],
  signal: AbortSignal,
): Promise<void> {
  const artifacts = new ArtifactStore(pool);
  for (const { name, sha256 } of files) {
    const stored = await artifacts.open(sha256);
    if (!stored) throw isGone(name);
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const hash = createHash("sha256");
    const read = hashed(hash, stored.read(0, stored.byteLength - 1));
    await pipeline(read, createWriteStream(path, { mode: 0o600 }), { signal });
    if (hash.digest("hex") !== sha256) throw isGone(name);
  }
}

async function* hashed(hash: Hash, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

const isGone = (name: string) =>
  new ConflictError(`the file ${name} of the training set was erased or deleted; retry the run`);
