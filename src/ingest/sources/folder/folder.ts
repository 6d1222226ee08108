import { createReadStream } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Source } from "../../../definitions/language/deployment.js";
import { BadUserInputError, SourceNotFoundError } from "../../../errors/errors.js";
import { acceptedFormats } from "../../formats/registry.js";
import {
  fingerprintContent,
  type ListedFile,
  type SourceContent,
  type SourceContext,
  type SourceScheme,
} from "../source-scheme.js";

const FOLDER_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/** A folder directly under the data directory, with one file a source: `<source>.csv`. */
export const folder: SourceScheme = {
  name: "folder",
  writtenAs: "one folder directly under the data directory, of letters, digits, '.', '_' and '-'",
  recognises: (name) => FOLDER_NAME.test(name) && !name.includes(".."),
  check: async (name, context) => {
    await folder.list(name, context);
  },
  list: async (name, context) => locateFiles(await resolveFolder(context, name), name, context.sources),
  fingerprint: (file, onBytes, signal) =>
    fingerprintContent(file, contentOf(file.path, 1 << 20), onBytes, signal),
  open: (file) => contentOf(file.path, 1 << 16),
  isGone: (error) => (error as NodeJS.ErrnoException).code === "ENOENT",
};

const contentOf = (path: string, highWaterMark: number): SourceContent => ({
  kind: "bytes",
  stream: () => createReadStream(path, { highWaterMark }),
  random: () => open(path),
});

/** @throws {BadUserInputError} it leads outside the data directory; {SourceNotFoundError} no such folder */
async function resolveFolder({ dataDir }: SourceContext, name: string): Promise<string> {
  const root = await realpath(dataDir).catch(() => null);
  const found = root && (await realpath(join(root, name)).catch(() => null));
  if (!root || !found) {
    throw new SourceNotFoundError(name, "there is no folder of that name in the data directory (DATA_DIR)");
  }
  if (!found.startsWith(root + sep)) {
    throw new BadUserInputError(`source: ${JSON.stringify(name)} leads outside the data directory`, {
      source: name,
    });
  }
  if (!(await stat(found)).isDirectory()) throw new SourceNotFoundError(name, "it is a file, not a folder");
  return found;
}

/**
 * The path of every source's file.
 * @throws {SourceNotFoundError} files are missing; the message lists all of them
 * @throws {BadUserInputError} a source is there in more than one format, or leads outside the folder
 */
async function locateFiles(path: string, name: string, sources: readonly Source[]): Promise<ListedFile[]> {
  const extensions = acceptedFormats().map(({ extension }) => extension);
  const [first, ...others] = extensions;
  const missing: string[] = [];
  const files: ListedFile[] = [];
  const refuse = (problem: string): never => {
    throw new BadUserInputError(`source: ${name}${problem}`, { source: name });
  };
  for (const { name: source } of sources) {
    const found = (await Promise.all(extensions.map((extension) => locate(path, source, extension)))).flat();
    const names = found.map(({ extension }) => source + extension);
    if (found.length === 0) missing.push(source + first);
    else if (found.length > 1) refuse(` has ${names.join(" and ")}; keep the one that is to be ingested`);
    else if (!found[0]!.path.startsWith(path + sep)) refuse(`/${names[0]} leads outside its folder`);
    else files.push(found[0]!);
  }
  if (missing.length > 0) {
    const accepted = new Intl.ListFormat("en-GB").format(others);
    throw new SourceNotFoundError(
      name,
      `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing; ${accepted} are accepted, too`,
    );
  }
  return files;
}

/** The file of that name, where there is one. The path may be that of what a link of this name leads to. */
async function locate(folder: string, source: string, extension: string): Promise<ListedFile[]> {
  const path = await realpath(join(folder, source + extension)).catch(() => null);
  const info = path ? await stat(path) : null;
  return path && info?.isFile() ? [{ source, extension, path, bytes: info.size }] : [];
}
