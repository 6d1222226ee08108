import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { cpuSecondsOf } from "../support/cpu.js";

/** Every process that works in one of these folders: asof with all it started, and its database. */
export function processesIn(places: readonly string[]): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const folder = folderOf(pid);
      return folder !== null && places.some((place) => folder === place || folder.startsWith(`${place}/`));
    });
}

/** User and system time of them and of the children they have waited for, in seconds. */
export const cpuSecondsIn = (places: readonly string[]): number =>
  processesIn(places).reduce((sum, pid) => sum + (cpuSecondsOf(pid) ?? 0), 0);

/** Ends what still works there: politely, then not. */
export async function endProcessesIn(places: readonly string[], politelyMs = 10_000): Promise<void> {
  const until = Date.now() + politelyMs;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (const pid of processesIn(places)) send(pid, signal);
    while (processesIn(places).length > 0 && (signal === "SIGKILL" || Date.now() < until)) await wait(50);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}

function folderOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, "");
  } catch {
    return null;
  }
}
