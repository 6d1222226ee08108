import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Marks what this run starts: every process inherits it, however deep. */
const MARK = "TEST_RUN";
/** What ends by itself is given this long: an embedded PostgreSQL ends after its process was killed. */
const GRACE_MS = 8_000;

export function markProcesses(): string {
  const run = `${process.pid}-${Date.now()}`;
  process.env[MARK] = run;
  return run;
}

/**
 * Ends what tests started and left behind.
 * @throws {Error} there was something, by pid and command
 */
export async function endLeftovers(run: string): Promise<void> {
  const since = performance.now();
  let left = leftovers(run);
  while (left.length > 0 && performance.now() - since < GRACE_MS) {
    await delay(100);
    left = leftovers(run);
  }
  if (left.length === 0) return;
  // A PostgreSQL that is killed leaves its shared memory behind.
  for (const { pid, name } of left) end(pid, name === "postgres" ? "SIGQUIT" : "SIGKILL");
  const shown = left.map(({ pid, command }) => `${pid}: ${command}`);
  throw new Error(`tests left processes behind, which were ended now:\n${shown.join("\n")}`);
}

interface Leftover {
  pid: number;
  name: string;
  command: string;
}

/** Of Linux alone: elsewhere there is no /proc, and nothing is found. */
function leftovers(run: string): Leftover[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const environment = read(pid, "environ").split("\0");
    const command = read(pid, "cmdline").replaceAll("\0", " ").trim();
    if (!environment.includes(`${MARK}=${run}`) || command === "" || isOfVitest(command)) return [];
    return [{ pid, name: read(pid, "comm").trim(), command }];
  });
}

/** Its workers, and the compiler that they share, end after this. */
const isOfVitest = (command: string): boolean => /\/vitest\/|esbuild --service=/.test(command);

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
