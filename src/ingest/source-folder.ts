import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Source } from "../definitions/language/deployment.js";
import { BadUserInputError, SourceNotFoundError } from "../errors/errors.js";

/** One source's file of a delivery. */
export interface DeliveredFile {
  source: string;
  path: string;
  bytes: number;
  sha256: string;
}

const FOLDER_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/**
 * The folder of that name directly under the data directory.
 * @throws {BadUserInputError} the name is no plain folder name, or leads outside the data directory
 * @throws {SourceNotFoundError} no such folder
 */
export async function resolveSourceFolder(dataDir: string, name: string): Promise<string> {
  if (!FOLDER_NAME.test(name) || name.includes("..")) {
    throw new BadUserInputError(
      `source: ${JSON.stringify(name)} is no folder name; name one folder directly under the data directory, ` +
        "of letters, digits, '.', '_' and '-'",
      { source: name },
    );
  }
  const root = await realpath(dataDir).catch(() => null);
  const folder = root && (await realpath(join(root, name)).catch(() => null));
  if (!root || !folder) {
    throw new SourceNotFoundError(name, "there is no folder of that name in the data directory (DATA_DIR)");
  }
  if (!folder.startsWith(root + sep)) {
    throw new BadUserInputError(`source: ${JSON.stringify(name)} leads outside the data directory`, {
      source: name,
    });
  }
  if (!(await stat(folder)).isDirectory()) throw new SourceNotFoundError(name, "it is a file, not a folder");
  return folder;
}

/**
 * The path of every source's file.
 * @throws {SourceNotFoundError} files are missing; the message lists all of them
 */
export async function locateFiles(
  folder: string,
  name: string,
  sources: readonly Source[],
): Promise<{ source: string; path: string; bytes: number }[]> {
  const missing: string[] = [];
  const files: { source: string; path: string; bytes: number }[] = [];
  for (const source of sources) {
    const path = await realpath(join(folder, `${source.name}.csv`)).catch(() => null);
    const info = path ? await stat(path) : null;
    if (!path || !info?.isFile()) missing.push(`${source.name}.csv`);
    else if (!path.startsWith(folder + sep)) {
      throw new BadUserInputError(`source: ${name}/${source.name}.csv leads outside its folder`, {
        source: name,
      });
    } else files.push({ source: source.name, path, bytes: info.size });
  }
  if (missing.length > 0) {
    throw new SourceNotFoundError(
      name,
      `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing`,
    );
  }
  return files;
}

/** Streams the file once; what is ingested later must still have this hash. */
export async function fingerprint(
  file: { source: string; path: string; bytes: number },
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<DeliveredFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  await pipeline(
    createReadStream(file.path, { highWaterMark: 1 << 20 }),
    async (chunks) => {
      for await (const chunk of chunks) {
        hash.update(chunk as Buffer);
        bytes += (chunk as Buffer).length;
        onBytes((chunk as Buffer).length);
      }
    },
    { signal },
  );
  return { ...file, bytes, sha256: hash.digest("hex") };
}
