import { spawn } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export interface Sample {
  wallSeconds: number;
  /** CPU of this process, user and system; a database server's is not in it. */
  cpuSeconds: number;
}

export async function measured(work: () => Promise<unknown>): Promise<Sample> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallSeconds: (performance.now() - startedAt) / 1000, cpuSeconds: (user + system) / 1e6 };
}

export function hardware(): string {
  const model = cpus()[0]?.model ?? "unknown CPU";
  return `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}`;
}

export const loadAverage = (): string => `load average ${loadavg()[0]!.toFixed(1)}`;

/** What a figure was measured on, and beside what. */
export const conditions = (): string => `${hardware()}, ${loadAverage()}`;

/** Runs a command to its end; its output only where it fails. */
export function command(
  file: string,
  args: string[],
  env: Record<string, string> = {},
  cwd = process.cwd(),
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${file} ended with ${code}: ${output}`)),
    );
  });
}

/** Highest resident memory seen while `work` runs, MB. */
export async function peakMemory<T>(work: () => Promise<T>): Promise<{ value: T; megabytes: number }> {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 50);
  try {
    const value = await work();
    look();
    return { value, megabytes: peak / 1e6 };
  } finally {
    clearInterval(timer);
  }
}
