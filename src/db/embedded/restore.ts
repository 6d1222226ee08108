import { execFile } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { chown, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import { type BackupManifest, MANIFEST } from "./backup.js";
import { findPlace, type Owner, type Place } from "./place.js";
import { startEmbedded } from "./server.js";
import { readTar, type TarEntry } from "./tar.js";

const run = promisify(execFile);

export interface RestoreReport {
  createdAt: string;
  /** Where the database that was there is kept now; null where there was none. */
  setAside: string | null;
}

/**
 * Puts the database of a backup in a home's place, and starts it once to see that it recovers. What was there before
 * is set aside, and is back where anything fails.
 * @param force a database that is there is set aside
 * @throws {Error} no backup, a damaged one, one of another major version; the home has a database, or one that runs
 */
export async function restoreEmbedded(home: string, file: string, force: boolean): Promise<RestoreReport> {
  const place = await findPlace(home);
  const dataDir = join(place.folder, "data");
  await requireFree(place, dataDir, force);
  const unpacked = `${dataDir}.restore-${process.pid}`;
  try {
    const manifest = await unpack(file, unpacked, place);
    await requireFree(place, dataDir, force);
    const setAside = existsSync(dataDir)
      ? `${dataDir}.before-${new Date().toISOString().replace(/\W/g, "")}`
      : null;
    if (setAside) await rename(dataDir, setAside);
    try {
      await rename(unpacked, dataDir);
      const server = await startEmbedded(home);
      await server.stop();
    } catch (error) {
      await rm(dataDir, { recursive: true, force: true });
      if (setAside) await rename(setAside, dataDir);
      throw error;
    }
    return { createdAt: manifest.createdAt, setAside };
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function requireFree({ binaries, owner }: Place, dataDir: string, force: boolean): Promise<void> {
  if (!existsSync(dataDir)) return;
  const running = await run(binaries.pg_ctl, ["status", "-D", dataDir], owner).then(
    () => true,
    () => false,
  );
  if (running) throw new Error(`the database in ${dataDir} is in use: stop asof first`);
  if (!force)
    throw new Error(
      `there is a database in ${dataDir} already: --force sets it aside, or name another ASOF_HOME`,
    );
}

async function unpack(file: string, target: string, place: Place): Promise<BackupManifest> {
  let manifest: BackupManifest | undefined;
  let whole = false;
  const content = createReadStream(file);
  const unzipped = createGunzip();
  content.on("error", (error) => unzipped.destroy(error));
  try {
    await readTar(content.pipe(unzipped), async (entry, content) => {
      if (!manifest) {
        manifest = await readManifest(entry, content);
        await requireVersion(place, manifest.serverVersion);
        return;
      }
      whole ||= entry.name === "data/backup_label";
      await write(join(target, entry.name.slice("data".length)), entry, content, place.owner);
    });
    if (!manifest || !whole) throw new Error("it is cut off");
    return manifest;
  } catch (error) {
    throw new Error(`${file} cannot be restored: ${(error as Error).message}`, { cause: error });
  } finally {
    content.destroy();
  }
}

async function readManifest({ name }: TarEntry, content: AsyncGenerator<Buffer>): Promise<BackupManifest> {
  if (name !== MANIFEST) throw new Error("it is no backup of asof's");
  const parts: Buffer[] = [];
  for await (const piece of content) parts.push(piece);
  const manifest = JSON.parse(Buffer.concat(parts).toString()) as BackupManifest;
  if (manifest.format !== "asof-backup-1")
    throw new Error(`its format ${JSON.stringify(manifest.format)} is not of this release`);
  return manifest;
}

/** PostgreSQL reads the files of its own major version only. */
async function requireVersion({ binaries }: Place, serverVersion: number): Promise<void> {
  const { stdout } = await run(binaries.postgres, ["--version"]);
  const here = Number(/(\d+)/.exec(stdout)?.[1]);
  const there = Math.floor(serverVersion / 10_000);
  if (here !== there)
    throw new Error(
      `it is of PostgreSQL ${there}, and this release brings ${here}: restore it with its own release`,
    );
}

async function write(
  path: string,
  entry: TarEntry,
  content: AsyncGenerator<Buffer>,
  owner: Owner,
): Promise<void> {
  if (entry.folder) await mkdir(path, { recursive: true, mode: 0o700 });
  else {
    const file = await open(path, "wx", 0o600);
    try {
      for await (const piece of content) await file.write(piece);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  if (owner.uid !== undefined) await chown(path, owner.uid, owner.gid!);
}
