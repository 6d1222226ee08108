import { randomBytes } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { Owner } from "./place.js";

/** The one user and database an embedded server is made with. */
export const USER = "asof";

/** Kept inside the data folder, so that both appear at once. */
export const PASSWORD_FILE = "asof-password";

/** @throws {Error} it is none of asof's: it becomes part of a URL, and must not change where that leads */
export function readPassword(dataDir: string): string {
  const file = join(dataDir, PASSWORD_FILE);
  const password = readFileSync(file, "utf8");
  if (/^[\w-]{24}$/.test(password)) return password;
  throw new Error(
    `the embedded PostgreSQL did not start: ${file} holds no password of asof's; asof restore brings a backup back`,
  );
}

/**
 * Made beside its place and renamed when whole: a cut-off initialisation is never started, and of several
 * processes that initialise at once the first to finish wins.
 */
export async function initialise(
  folder: string,
  dataDir: string,
  owner: Owner,
  initdb: (args: string[]) => Promise<unknown>,
): Promise<void> {
  removeUnfinished(folder);
  const unfinished = `${dataDir}${UNFINISHED}${process.pid}.${randomBytes(3).toString("hex")}`;
  initialising.add(basename(unfinished));
  const passwordFile = `${unfinished}.password`;
  const password = randomBytes(18).toString("base64url");
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner.uid !== undefined) {
    chownSync(unfinished, owner.uid, owner.gid!);
    chownSync(passwordFile, owner.uid, owner.gid!);
  }
  try {
    await initdb([
      `--pgdata=${unfinished}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
    ]);
    renameSync(passwordFile, join(unfinished, PASSWORD_FILE));
    renameSync(unfinished, dataDir);
  } catch (error) {
    if (!existsSync(dataDir)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
    initialising.delete(basename(unfinished));
  }
}

const UNFINISHED = ".new-";
const initialising = new Set<string>();

/** What initialisations of processes that are gone left behind; in a container our process id comes again. */
export function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(name.split(UNFINISHED)[1]?.split(".")[0]);
    const inUse = pid === process.pid ? initialising.has(name.replace(".password", "")) : isAlive(pid);
    if (!pid || inUse) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
