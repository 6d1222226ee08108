import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, opendir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { AsofError } from "../errors/errors.js";
import {
  BrokenFileError,
  type ByteStore,
  type FilePart,
  otherLength,
  type StoredBody,
  type StoreKind,
  WRITING,
  type WrittenFile,
} from "./byte-store.js";
import { Spool } from "./spool.js";

/** A folder that every process over the database sees: a disk, or one that is mounted. */
export const folderStore: StoreKind = {
  schemes: ["file"],
  problem(url) {
    try {
      fileURLToPath(url);
      return null;
    } catch {
      return "must be an absolute path, as file:///srv/asof";
    }
  },
  open: (url, remedy) => new FolderStore(url.replace(/\/+$/, ""), remedy),
};

class FolderStore implements ByteStore {
  readonly #root: string;

  constructor(
    readonly url: string,
    readonly remedy: string,
  ) {
    this.#root = fileURLToPath(url);
  }

  async begin(by: string) {
    // In the store itself: only within one file system a file can be moved to its place at once.
    const spool = await Spool.begin(join(this.#root, WRITING, by));
    return {
      write: (bytes: Uint8Array) => spool.write(bytes),
      abort: () => spool.discard(),
      finish: async (pathOf: (sha256: string) => string) => {
        const { bytes, sha256 } = await spool.end();
        await spool.close();
        const path = pathOf(sha256);
        await this.#moveTo(path, spool.path);
        return { path, bytes, sha256 };
      },
    };
  }

  async put(path: string, body: StoredBody, signal: AbortSignal): Promise<void> {
    const unfinished = this.#unfinished(path);
    try {
      await mkdir(dirname(unfinished), { recursive: true });
      await pipeline(body.read(), createWriteStream(unfinished, { mode: 0o640, flush: true }), { signal });
      await this.#moveTo(path, unfinished);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw this.#inWords(path, error);
    }
  }

  async *read(path: string, signal: AbortSignal, part?: FilePart): AsyncGenerator<Buffer> {
    try {
      const file = join(this.#root, path);
      if (part) {
        const { size } = await stat(file);
        if (size !== part.bytes) throw otherLength(this, path, size, part.bytes);
      }
      yield* createReadStream(file, { signal, start: part?.from ?? 0 }) as AsyncIterable<Buffer>;
    } catch (error) {
      if (this.#orAbsent(path, error) === null) throw new BrokenFileError(this, path, "is not there");
    }
  }

  /** A prefix is a folder. */
  async *list(prefix: string): AsyncGenerator<{ path: string; bytes: number }> {
    const found = await opendir(join(this.#root, prefix), { recursive: true }).catch((error) =>
      this.#orAbsent(prefix, error),
    );
    if (!found) return;
    for await (const entry of found) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const stats = await stat(path).catch((error) => this.#orAbsent(prefix, error));
      if (stats) yield { path: relative(this.#root, path).split(sep).join("/"), bytes: stats.size };
    }
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.#root, path), { force: true }).catch((error) => {
      throw this.#inWords(path, error);
    });
  }

  async discard(path: string): Promise<void> {
    await this.remove(this.#unfinishedPath(path));
    await this.remove(path);
  }

  local({ path }: Pick<WrittenFile, "path">): Promise<string> {
    return Promise.resolve(join(this.#root, path));
  }

  /** Its name is its alone: paths of what is put end with an id. */
  #unfinishedPath(path: string): string {
    return `${WRITING}/put/${basename(path)}`;
  }

  #unfinished(path: string): string {
    return join(this.#root, this.#unfinishedPath(path));
  }

  #orAbsent(path: string, error: unknown): null {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw this.#inWords(path, error);
  }

  #inWords(path: string, error: unknown): unknown {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!OF_THE_FOLDER.has(code)) return error;
    return new AsofError(
      "SERVICE_UNAVAILABLE",
      `the file ${this.url}/${path}: the file system says ${code}; see that the folder is mounted and not full, and that this process may read and write there, then try again`,
      { path },
    );
  }

  async #moveTo(path: string, from: string): Promise<void> {
    const target = join(this.#root, path);
    await mkdir(dirname(target), { recursive: true });
    await rename(from, target);
    await syncFolder(dirname(target));
  }
}

/** What is wrong with a folder, or with what mounts it. Another error has another cause, such as the database that is copied from. */
const OF_THE_FOLDER = new Set([
  ...["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"],
  ...["EIO", "ESTALE", "ENOTCONN", "ENOTDIR", "EISDIR", "ERR_FS_EISDIR"],
]);

/** The move itself is on disk. Windows opens no folders, and needs none of it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}
