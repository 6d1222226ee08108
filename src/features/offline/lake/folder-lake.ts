import { createReadStream } from "node:fs";
import { mkdir, open, opendir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Lake, type LakeFile, type LakeKind, WRITING } from "./lake.js";
import { LakeBrokenError } from "./lake-errors.js";
import { Spool } from "./spool.js";

/** A folder that every process over the database sees: a disk, or one that is mounted. */
export const folderLake: LakeKind = {
  schemes: ["file"],
  problem(url) {
    try {
      fileURLToPath(url);
      return null;
    } catch {
      return "must be an absolute path, as file:///srv/lake";
    }
  },
  open: (url) => new FolderLake(url.replace(/\/+$/, "")),
};

class FolderLake implements Lake {
  readonly #root: string;

  constructor(readonly url: string) {
    this.#root = fileURLToPath(url);
  }

  async begin(by: string) {
    // In the lake itself: only within one file system a file can be moved to its place at once.
    const spool = await Spool.begin(join(this.#root, WRITING, by));
    return {
      write: (bytes: Uint8Array) => spool.write(bytes),
      abort: () => spool.discard(),
      finish: async (pathOf: (sha256: string) => string) => {
        const { bytes, sha256 } = await spool.end();
        await spool.close();
        const path = pathOf(sha256);
        const target = join(this.#root, path);
        await mkdir(dirname(target), { recursive: true });
        await rename(spool.path, target);
        await syncFolder(dirname(target));
        return { path, bytes, sha256 };
      },
    };
  }

  async *read(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    try {
      yield* createReadStream(join(this.#root, path), { signal }) as AsyncIterable<Buffer>;
    } catch (error) {
      if (orAbsent(error as NodeJS.ErrnoException) === null)
        throw new LakeBrokenError(this.url, path, "is not there");
    }
  }

  /** A prefix is a folder. */
  async *list(prefix: string): AsyncGenerator<{ path: string; bytes: number }> {
    const found = await opendir(join(this.#root, prefix), { recursive: true }).catch(orAbsent);
    if (!found) return;
    for await (const entry of found) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const stats = await stat(path).catch(orAbsent);
      if (stats) yield { path: relative(this.#root, path).split(sep).join("/"), bytes: stats.size };
    }
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.#root, path), { force: true });
  }

  local({ path }: LakeFile): Promise<string> {
    return Promise.resolve(join(this.#root, path));
  }
}

function orAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

/** The move itself is on disk. Windows opens no folders, and needs none of it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}
