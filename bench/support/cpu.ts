import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createClient } from "../../src/db/pool.js";
import type { TestRedis } from "../../tests/support/redis.js";

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
  const postmaster = await postmasterOf(serverUrl);
  return () => processesOf(postmaster).reduce((sum, [, { seconds }]) => sum + seconds, 0);
}

/** In seconds. */
export interface Used {
  wall: number;
  /** CPU of this process. */
  client: number;
  /** CPU of the database server, all of its processes. */
  server: number;
}

/** @param serverCpu as `databaseCpuMeter` gives it */
export async function usedBy(serverCpu: () => number, work: () => Promise<unknown>): Promise<Used> {
  const [before, cpu, startedAt] = [serverCpu(), process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return {
    wall: (performance.now() - startedAt) / 1000,
    client: (user + system) / 1e6,
    server: serverCpu() - before,
  };
}

/** Looks at a database server on this machine until it is stopped: the most private memory that one of its processes had, MB. */
export async function watchServerMemory(serverUrl: string): Promise<{ stop(): number }> {
  const postmaster = await postmasterOf(serverUrl);
  let peak = 0;
  const timer = setInterval(() => {
    for (const [pid] of processesOf(postmaster)) peak = Math.max(peak, privateMegabytesOf(pid));
  }, 200);
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

async function postmasterOf(serverUrl: string): Promise<number> {
  const client = createClient(serverUrl);
  await client.connect();
  try {
    const { rows } = await client.query("select pg_backend_pid() as pid");
    return statOf(rows[0].pid)?.parent ?? 0;
  } finally {
    await client.end();
  }
}

export async function pidOfRedis(redis: TestRedis): Promise<number> {
  return Number(/process_id:(\d+)/.exec(String(await redis.command("INFO", "server")))?.[1]);
}

interface Stat {
  parent: number;
  seconds: number;
}

const processesOf = (postmaster: number): (readonly [number, Stat])[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [pid, stat] = [Number(name), statOf(Number(name))];
      return stat && (pid === postmaster || stat.parent === postmaster) ? [[pid, stat] as const] : [];
    });

/** CPU seconds of a process and of all that it has started, those that ended included. */
export function cpuSecondsOfTree(root: number): number {
  const stats = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = statOf(Number(name));
      return stat ? [{ pid: Number(name), ...stat }] : [];
    });
  const secondsBelow = (parent: number): number =>
    stats
      .filter((each) => each.parent === parent)
      .reduce((sum, { pid, seconds }) => sum + seconds + secondsBelow(pid), 0);
  return (cpuSecondsOf(root) ?? 0) + secondsBelow(root);
}

/** CPU seconds of a process and its ended children, to 10 ms; null where there is none or no /proc. */
export const cpuSecondsOf = (pid: number): number | null => statOf(pid)?.seconds ?? null;

function statOf(pid: number): Stat | null {
  try {
    return readStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null;
  }
}

/** Of the text of `/proc/<pid>/stat`: user and system time, that of ended children included. */
export function readStat(text: string): Stat {
  const fields = text.split(") ").at(-1)!.split(" ").map(Number);
  const ticks = fields[11]! + fields[12]! + fields[13]! + fields[14]!;
  return { parent: fields[1]!, seconds: ticks / TICKS_PER_SECOND };
}

/** Memory of the database server, MB: what its processes share counts once. */
export async function databasePssMegabytes(serverUrl: string): Promise<number> {
  const postmaster = await postmasterOf(serverUrl);
  return processesOf(postmaster).reduce((sum, [pid]) => sum + pssMegabytesOf(pid), 0);
}

/** Memory of a process, MB: of what it shares with others, its share; 0 where it has ended. */
export function pssMegabytesOf(pid: number): number {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Resident memory of a process. */
export function rssMegabytesOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

/** The most resident memory that this process has had since `forgetPeak`, MB; Linux alone. */
export function peakMegabytes(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

export const forgetPeak = (): void => writeFileSync("/proc/self/clear_refs", "5");

/** Without what it shares with others, such as PostgreSQL's buffers; 0 where it has ended. */
function privateMegabytesOf(pid: number): number {
  try {
    const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
