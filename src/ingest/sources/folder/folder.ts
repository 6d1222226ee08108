import { createReadStream } from "node:fs";
import { open, opendir, readdir, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { inLanes } from "../../../db/lanes.js";
import type { Source } from "../../../definitions/language/deployment.js";
import { AsofError, BadUserInputError, SourceNotFoundError } from "../../../errors/errors.js";
import {
  fileNamesOf,
  isDeliveryName,
  listedAs,
  missingSources,
  oneFileEach,
  requireDeliveryName,
} from "../one-file-each.js";
import {
  deliveredName,
  type FoundDelivery,
  fingerprintContent,
  type ListedFile,
  type SourceContent,
  type SourceContext,
  type SourceScheme,
} from "../source-scheme.js";

/** Folders that are looked into at most: of more, the last ones by name, which are the newest dates. */
const MOST_FOLDERS = 10_000;
/** Each looks for a few dozen names, one after another. */
const FOLDERS_AT_ONCE = 8;

/** A folder directly under the data directory, with one file a source: `<source>.csv`. */
export const folder: SourceScheme = {
  name: "folder",
  writtenAs: "one folder directly under the data directory, of letters, digits, '.', '_' and '-'",
  recognises: isDeliveryName,
  check: async (name, context) => {
    await folder.list(name, context);
  },
  list: async (name, context) => (await findFiles(name, context)).map(({ modifiedAt: _, ...file }) => file),
  deliveries: findDeliveries,
  fingerprint: (file, onBytes, signal) =>
    fingerprintContent(file, contentOf(file.path, 1 << 20), onBytes, signal),
  open: (file) => contentOf(file.path, 1 << 16),
  isGone: (error) => (error as NodeJS.ErrnoException).code === "ENOENT",
  placed: {
    problem: () => null,
    variables: () => ["DATA_DIR"],
    look: async (context, signal) => {
      const found = await findDeliveries(context, signal);
      return `${rootOf(context)}, ${found.length} deliveries`;
    },
  },
};

/** Definitions name folders relative to the data directory. */
const rootOf = ({ dataDir, at }: SourceContext): string => resolve(dataDir, at ?? "");
const rootInWords = ({ at }: SourceContext): string =>
  at == null ? "the data directory (DATA_DIR)" : `the folder ${at}`;

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
  const root = rootOf(context);
  const directory = await opendir(root).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${rootInWords(context)} cannot be read: ${error.code}`, { cause: error });
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
    if (!(await mayBeComplete(join(root, name), context.sources))) return;
    const files = await findFiles(name, context).catch(noDelivery);
    if (files.length > 0) found.push(delivery(name, files));
  };
  await inLanes(looked, look, FOLDERS_AT_ONCE);
  return found;
}

/** By the names in it alone: of ten thousand folders most are told by one call each. */
async function mayBeComplete(path: string, sources: readonly Source[]): Promise<boolean> {
  const names = new Set(await readdir(path).catch(() => []));
  const found = sources.filter((source) => fileNamesOf(source).some((file) => names.has(file)));
  const known = found.map(({ name }) => name);
  return missingSources(sources, known).length === 0;
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
async function resolveFolder(context: SourceContext, name: string): Promise<string> {
  requireDeliveryName(name);
  const root = await realpath(rootOf(context)).catch(() => null);
  const found = root && (await realpath(join(root, name)).catch(() => null));
  if (!root || !found) {
    throw new SourceNotFoundError(name, `there is no folder of that name in ${rootInWords(context)}`);
  }
  if (!found.startsWith(root + sep)) {
    const root = context.at == null ? "the data directory" : rootInWords(context);
    throw new BadUserInputError(`source: ${JSON.stringify(name)} leads outside ${root}`, {
      source: name,
    });
  }
  if (!(await stat(found)).isDirectory()) throw new SourceNotFoundError(name, "it is a file, not a folder");
  return found;
}

/**
 * The paths of the sources' files.
 * @throws what `oneFileEach` throws; {BadUserInputError} one leads outside the folder
 */
async function locateFiles(path: string, name: string, sources: readonly Source[]): Promise<FoundFile[]> {
  const found = new Map<Source, FoundFile[]>();
  for (const source of sources) {
    const located = await Promise.all(fileNamesOf(source).map((file) => locate(path, source, file)));
    found.set(source, located.flat());
  }
  const files = oneFileEach(name, sources, (source) => found.get(source)!);
  const outside = files.find((file) => !file.path.startsWith(path + sep));
  if (!outside) return files;
  throw new BadUserInputError(`source: ${name}/${deliveredName(outside)} leads outside its folder`, {
    source: name,
  });
}

/** The file of that name, where there is one. The path may be that of what a link of this name leads to. */
async function locate(folder: string, source: Source, name: string): Promise<FoundFile[]> {
  const path = await realpath(join(folder, name)).catch(() => null);
  const info = path ? await stat(path) : null;
  if (!path || !info?.isFile()) return [];
  return [{ ...listedAs(source, name), path, bytes: info.size, modifiedAt: info.mtime }];
}
