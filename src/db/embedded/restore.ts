import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { removeUnfinished } from "./initialise.js";
import { findPlace, type ServerLocation } from "./place.js";
import { unpackBackup } from "./restore-archive.js";
import { isRunning, startEmbedded } from "./server.js";

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
 * @throws {Error} no backup, a damaged one, one of another version; the home has a database, or one that runs
 */
export async function restoreEmbedded(home: string, file: string, force: boolean): Promise<RestoreReport> {
  const place = await findPlace(home);
  const dataDir = join(place.folder, "data");
  await requireFree(place, dataDir, force);
  removeUnfinished(place.folder);
  const unpacked = `${dataDir}.new-${process.pid}.restore`;
  const giveUp = () => rmSync(unpacked, { recursive: true, force: true });
  process.once("exit", giveUp);
  try {
    const serverMajor = await majorVersion(place);
    const manifest = await unpackBackup({ file, target: unpacked, owner: place.owner, serverMajor });
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
    process.off("exit", giveUp);
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function requireFree(place: ServerLocation, dataDir: string, force: boolean): Promise<void> {
  if (!existsSync(dataDir)) return;
  if (await isRunning(place, dataDir))
    throw new Error(`the database in ${dataDir} is in use: stop asof first`);
  if (!force)
    throw new Error(
      `there is a database in ${dataDir} already: --force sets it aside, or name another ASOF_HOME`,
    );
}

async function majorVersion({ binaries }: ServerLocation): Promise<number> {
  const { stdout } = await run(binaries.postgres, ["--version"]);
  return Number(/(\d+)/.exec(stdout)?.[1]);
}
