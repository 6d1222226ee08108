import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Owner } from "./place.js";

/** What PostgreSQL says of itself in postmaster.pid; zeros where no server has the folder. */
export interface Postmaster {
  pid: number;
  /** Seconds since 1970; with the pid it names one server, whatever pid comes again. */
  startedAt: number;
  port: number;
  status: string;
}

export function readPostmasterFile(dataDir: string): Postmaster {
  try {
    const lines = readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n");
    const [pid, startedAt, port] = [Number(lines[0]), Number(lines[2]), Number(lines[3])];
    return { pid, startedAt, port, status: (lines[7] ?? "").trim() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { pid: 0, startedAt: 0, port: 0, status: "" };
  }
}

/**
 * A shell that starts the server and waits for the end of its standard input: we are done with it, or we were killed.
 * Then it stops the server it started, unless somebody has noted in `$5` that the server watches over itself (watch.ts).
 * In a session of its own, as the server is: a Ctrl-C in the terminal or a signal to our group does not reach them.
 */
const GUARD = `
"$1" start -D "$2" -l "$3" -w -t 60 -o "$4" </dev/null >/dev/null 2>&1
(echo $?)
server=$(sed -n '1p;3p' "$2/postmaster.pid" 2>/dev/null)
cat >/dev/null
[ "$(cat "$5" 2>/dev/null)" = "$server" ] && exit 0
[ "$(sed -n '1p;3p' "$2/postmaster.pid" 2>/dev/null)" = "$server" ] || exit 0
exec "$1" stop -D "$2" -m fast -W >/dev/null 2>&1
`;

export interface Guarded {
  /** Of pg_ctl. */
  code: number;
  /** Lets the guard go: it stops the server unless that is watched by now. */
  release(): void;
}

export interface GuardedStart {
  pgCtl: string;
  dataDir: string;
  log: string;
  /** For `postgres`. */
  options: string;
  owner: Owner;
}

/** Where it is noted which server watches over itself. */
const watchedFile = (dataDir: string): string => join(dataDir, "..", "watched");

export async function startGuarded({ pgCtl, dataDir, log, options, owner }: GuardedStart): Promise<Guarded> {
  const windows = process.platform === "win32";
  const [file, args] = windows
    ? [pgCtl, ["start", "-D", dataDir, "-l", log, "-w", "-t", "60", "-o", options]]
    : ["/bin/sh", ["-c", GUARD, "asof-guard", pgCtl, dataDir, log, options, watchedFile(dataDir)]];
  const child = spawn(file, args, {
    ...owner,
    detached: true,
    stdio: windows ? "ignore" : ["pipe", "pipe", "ignore"],
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
    child.stdout?.once("data", (text: Buffer) => resolve(Number(text.toString())));
  });
  for (const stream of [child.stdin, child.stdout]) {
    stream?.on("error", () => {});
    (stream as { unref?(): void } | null)?.unref?.();
  }
  child.unref();
  return { code, release: () => child.stdin?.end() };
}

/** The server there ends by itself once nobody uses it: no guard has to. */
export function noteWatched(dataDir: string): void {
  const { pid, startedAt } = readPostmasterFile(dataDir);
  // Of another user's, left by a run as root.
  rmSync(watchedFile(dataDir), { force: true });
  writeFileSync(watchedFile(dataDir), `${pid}\n${startedAt}\n`, { mode: 0o644 });
}
