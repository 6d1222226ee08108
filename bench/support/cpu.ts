import { readdirSync, readFileSync } from "node:fs";
import { createClient } from "../../src/db/pool.js";

/** Of Linux: one tick is 10 ms on every machine it runs on here. */
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds that this process, the commands it ran and a database server on this machine have used so far; null where
 * there is no /proc. Unlike seconds on the clock they do not grow with what else the machine does.
 */
export async function cpuMeter(serverUrl: string): Promise<() => number | null> {
  const server = await databaseCpuMeter(serverUrl);
  return () => {
    const self = cpuSecondsOf(process.pid);
    return self === null ? null : self + server();
  };
}

/** The same of the database server alone, all of its processes. */
export async function databaseCpuMeter(serverUrl: string): Promise<() => number> {
  const client = createClient(serverUrl);
  await client.connect();
  const { rows } = await client.query("select pg_backend_pid() as pid");
  const postmaster = statOf(rows[0].pid)?.parent ?? 0;
  await client.end();
  return () =>
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), statOf(Number(name))] as const)
      .filter(([pid, stat]) => stat && (pid === postmaster || stat.parent === postmaster))
      .reduce((sum, [, stat]) => sum + stat!.seconds, 0);
}

/** CPU seconds of a process and its ended children, to 10 ms; null where there is none or no /proc. */
export const cpuSecondsOf = (pid: number): number | null => statOf(pid)?.seconds ?? null;

/** User and system time, that of ended children included. */
function statOf(pid: number): { parent: number; seconds: number } | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ").map(Number);
    const ticks = fields[11]! + fields[12]! + fields[13]! + fields[14]!;
    return { parent: fields[1]!, seconds: ticks / TICKS_PER_SECOND };
  } catch {
    return null;
  }
}

/** Resident memory of a process. */
export function rssMegabytesOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}
