import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { clientOf } from "./api/api-command.js";
import type { AsofClient } from "./client.js";
import type { ExitCode, Given } from "./command.js";
import { CommandError } from "./errors.js";

interface RunFile {
  name: string;
  bytes: number;
  sha256: string;
  url: string;
}

const PAGE = 1_000;
const FILES = `query ($id: ID!, $after: String) {
  run(id: $id) { artifacts(first: ${PAGE}, after: $after) { name bytes sha256 url } }
}`;

/**
 * The files of a run, in a folder, under the names that they have: `training_set/as_of=2024-01-31/part-0.parquet`. A file
 * is there whole or not at all; what is there already with the same bytes is not asked for again.
 */
export async function download(given: Given, env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const client = clientOf(given, env);
  const folder = resolve(given.text("to") ?? ".");
  const id = given.text("run")!;
  const prefix = given.text("only") ?? "";
  const there = await filesOf(client, id);
  const files = there.filter(({ name }) => name.startsWith(prefix));
  if (files.length === 0) throw new CommandError(noFile(there, prefix));
  for (const file of files) {
    const path = pathIn(folder, file.name);
    const isThere = (await digestOf(path)) === file.sha256;
    if (!isThere) await fetchFile(client, file, path);
    given.print(
      given.flag("json")
        ? JSON.stringify({ name: file.name, path, bytes: file.bytes, sha256: file.sha256 })
        : `${path}${isThere ? " (unchanged)" : ""}`,
    );
  }
  return 0;
}

/** By name, however many. */
async function filesOf(client: AsofClient, id: string): Promise<RunFile[]> {
  const files: RunFile[] = [];
  for (;;) {
    const after = files.at(-1)?.name ?? null;
    const { run } = await client.query<{ run: { artifacts: RunFile[] } | null }>(FILES, { id, after });
    if (!run) throw new CommandError(`no run has the id ${JSON.stringify(id)}; asof runs lists them`);
    files.push(...run.artifacts);
    if (run.artifacts.length < PAGE) return files;
  }
}

function noFile(there: readonly RunFile[], prefix: string): string {
  if (there.length === 0) return "the run has no files";
  const names = there.slice(0, 5).map(({ name }) => name);
  return `no file of the run begins with ${JSON.stringify(prefix)}; there is ${names.join(", ")}${there.length > 5 ? ", …" : ""}`;
}

/** @throws {CommandError} a client named the file so that it would lie elsewhere */
function pathIn(folder: string, name: string): string {
  const path = join(folder, name);
  if (path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return path;
  throw new CommandError(
    `the file ${JSON.stringify(name)} would lie outside ${folder}; nothing of it was written`,
  );
}

/** SHA-256 of what is at the path; null where nothing is. */
async function digestOf(path: string): Promise<string | null> {
  const hash = createHash("sha256");
  try {
    for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  } catch {
    return null;
  }
  return hash.digest("hex");
}

/** @throws {CommandError} other bytes came than the server has; nothing is at the path then */
async function fetchFile(client: AsofClient, { name, sha256, url }: RunFile, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  const hash = createHash("sha256");
  const hashed = new Transform({
    transform(bytes: Buffer, _, done) {
      hash.update(bytes);
      done(null, bytes);
    },
  });
  try {
    const body = await client.file(url);
    await pipeline(Readable.from(body), hashed, createWriteStream(part));
    const got = hash.digest("hex");
    if (got !== sha256)
      throw new CommandError(`${name} came as ${got} instead of ${sha256}; nothing was written, try again`);
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}
