import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Source } from "../../../definitions/language/deployment.js";
import { BadUserInputError, ConflictError, SourceNotFoundError } from "../../../errors/errors.js";

/** One source's file of a delivery. */
export interface DeliveredFile {
  source: string;
  /** Where it differs from `.csv`. The path may be that of what a link of this name leads to. */
  extension?: string;
  path: string;
  bytes: number;
  sha256: string;
}

/** The name it was delivered under. */
export const deliveredName = ({ source, extension = ".csv" }: Omit<DeliveredFile, "sha256">) =>
  source + extension;

/** What is to be ingested is no longer the file that was fingerprinted. */
export const fileChanged = (file: Omit<DeliveredFile, "sha256">): ConflictError =>
  new ConflictError(
    `${deliveredName(file)} changed while it was being ingested; nothing was published; ingest again when it is complete`,
    { source: file.source },
  );

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

/** How a source may be delivered: CSV, the same packed by gzip, or Parquet. */
const EXTENSIONS = [".csv", ".csv.gz", ".parquet"];

/**
 * The path of every source's file.
 * @throws {SourceNotFoundError} files are missing; the message lists all of them
 * @throws {BadUserInputError} a source is there in more than one format, or leads outside the folder
 */
export async function locateFiles(
  folder: string,
  name: string,
  sources: readonly Source[],
): Promise<Omit<DeliveredFile, "sha256">[]> {
  const missing: string[] = [];
  const files: Omit<DeliveredFile, "sha256">[] = [];
  for (const source of sources) {
    const found = (await Promise.all(EXTENSIONS.map((end) => locate(folder, source.name + end)))).flat();
    if (found.length === 0) missing.push(`${source.name}.csv`);
    else if (found.length > 1) {
      const names = found.map((file) => file.name).join(" and ");
      throw new BadUserInputError(`source: ${name} has ${names}; keep the one that is to be ingested`, {
        source: name,
      });
    } else if (!found[0]!.path.startsWith(folder + sep)) {
      throw new BadUserInputError(`source: ${name}/${found[0]!.name} leads outside its folder`, {
        source: name,
      });
    } else {
      const { name: found0, path, bytes } = found[0]!;
      files.push({ source: source.name, extension: found0.slice(source.name.length), path, bytes });
    }
  }
  if (missing.length > 0) {
    throw new SourceNotFoundError(
      name,
      `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing; ${EXTENSIONS.slice(1).join(" and ")} are accepted, too`,
    );
  }
  return files;
}

/** The file of that name, where there is one. */
async function locate(
  folder: string,
  name: string,
): Promise<{ name: string; path: string; bytes: number }[]> {
  const path = await realpath(join(folder, name)).catch(() => null);
  const info = path ? await stat(path) : null;
  return path && info?.isFile() ? [{ name, path, bytes: info.size }] : [];
}

/** Streams the file once; what is ingested later must still have this hash. */
export async function fingerprint(
  file: Omit<DeliveredFile, "sha256">,
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
