import { createReadStream } from "node:fs";
import { open, opendir, readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { inLanes } from "../../../db/lanes.js";
import type { Source } from "../../../definitions/language/deployment.js";
import { AsofError, BadUserInputError, SourceNotFoundError } from "../../../errors/errors.js";
import { acceptedFormats } from "../../formats/registry.js";
import {
  deliveredName,
  type FoundDelivery,
  fingerprintContent,
  type ListedFile,
  type SourceContent,
  type SourceContext,
  type SourceScheme,
} from "../source-scheme.js";

const FOLDER_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;
/** Folders that are looked into at most: of more, the last ones by name, which are the newest dates. */
const MOST_FOLDERS = 10_000;
/** Each looks for a few dozen names, one after another. */
const FOLDERS_AT_ONCE = 8;

/** A folder directly under the data directory, with one file a source: `<source>.csv`. */
export const folder: SourceScheme = {
  name: "folder",
  writtenAs: "one folder directly under the data directory, of letters, digits, '.', '_' and '-'",
  recognises: (name) => FOLDER_NAME.test(name) && !name.includes(".."),
  check: async (name, context) => {
    await folder.list(name, context);
  },
  list: async (name, context) => (await findFiles(name, context)).map(({ modifiedAt: _, ...file }) => file),
  deliveries: findDeliveries,
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

type FoundFile = ListedFile & { modifiedAt: Date };

const findFiles = async (name: string, context: SourceContext): Promise<FoundFile[]> =>
  locateFiles(await resolveFolder(context, name), name, context.sources);

/** @throws the data directory cannot be read */
async function findDeliveries(context: SourceContext, signal: AbortSignal): Promise<FoundDelivery[]> {
  const names: string[] = [];
  const directory = await opendir(context.dataDir).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`the data directory (DATA_DIR) cannot be read: ${error.code}`, { cause: error });
  });
  for await (const { name } of directory) {
    signal.throwIfAborted();
    if (folder.recognises(name)) names.push(name);
  }
  const byName = new Intl.Collator("en", { numeric: true }).compare;
  const looked = names.sort(byName).slice(-MOST_FOLDERS);
  const found: FoundDelivery[] = [];
  const look = async (name: string) => {
    signal.throwIfAborted();
    if (!(await mayHoldAll(join(context.dataDir, name), context.sources))) return;
    const files = await findFiles(name, context).catch(noDelivery);
    if (files.length > 0) found.push(delivery(name, files));
  };
  await inLanes(looked, look, FOLDERS_AT_ONCE);
  return found;
}

/** By the names in it alone: of ten thousand folders most are told by one call each. */
async function mayHoldAll(path: string, sources: readonly Source[]): Promise<boolean> {
  const names = new Set(await readdir(path).catch(() => []));
  return sources.every(({ name, file = name }) =>
    acceptedFormats().some(({ extension }) => names.has(file + extension)),
  );
}

/** What an ingest would refuse is no delivery; neither is what cannot be read. */
function noDelivery(error: unknown): FoundFile[] {
  const unreadable = error instanceof Error && "syscall" in error;
  if (error instanceof AsofError || unreadable) return [];
  throw error;
}

const delivery = (name: string, files: readonly FoundFile[]): FoundDelivery => ({
  name,
  files: files.map((file) => ({ source: file.source, name: deliveredName(file), bytes: file.bytes })),
  modifiedAt: new Date(Math.max(...files.map(({ modifiedAt }) => modifiedAt.getTime()))),
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
async function locateFiles(path: string, name: string, sources: readonly Source[]): Promise<FoundFile[]> {
  const extensions = acceptedFormats().map(({ extension }) => extension);
  const [first, ...others] = extensions;
  const missing: string[] = [];
  const files: FoundFile[] = [];
  const refuse = (problem: string): never => {
    throw new BadUserInputError(`source: ${name}${problem}`, { source: name });
  };
  for (const source of sources) {
    const found = (await Promise.all(extensions.map((extension) => locate(path, source, extension)))).flat();
    const names = found.map(deliveredName);
    if (found.length === 0) missing.push((source.file ?? source.name) + first);
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
async function locate(
  folder: string,
  { name: source, file }: Source,
  extension: string,
): Promise<FoundFile[]> {
  const path = await realpath(join(folder, (file ?? source) + extension)).catch(() => null);
  const info = path ? await stat(path) : null;
  if (!path || !info?.isFile()) return [];
  const named = file === undefined ? {} : { file };
  return [{ source, ...named, extension, path, bytes: info.size, modifiedAt: info.mtime }];
}
