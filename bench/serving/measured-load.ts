import { cpuSecondsOf } from "../support/cpu.js";
import type { Load, Loaded } from "./load.js";
import type { Helper } from "./server.js";
import type { Kind } from "./workload.js";

/** Code that has run less often is still compiled while it is measured. */
const WARM_REQUESTS = 6_000;
const WARM_SECONDS = 20;

export interface LoadSample extends Loaded {
  /** Microseconds a request. */
  cpu: number;
  databaseCpu: number;
}

/** A process that answers. */
export interface Measured {
  port: number;
  pid: number;
  /** The kinds of request that it has had enough of. */
  warm: Set<string>;
}

export async function warmUp(
  load: Helper,
  { port, warm }: Measured,
  { name, requests }: Kind,
): Promise<void> {
  if (warm.has(name)) return;
  warm.add(name);
  const until = performance.now() + WARM_SECONDS * 1_000;
  const enough = name === "many" ? 200 : WARM_REQUESTS;
  for (let done = 0; done < enough && performance.now() < until; ) {
    done += (await load.ask<Loaded>({ port, connections: 32, seconds: 1, requests })).requests;
  }
}

export async function measureLoad(
  load: Helper,
  one: Load,
  pid: number,
  databaseCpu: () => number,
): Promise<LoadSample> {
  const [cpu, ofDatabase] = [cpuSecondsOf(pid)!, databaseCpu()];
  const loaded = await load.ask<Loaded>(one);
  return {
    ...loaded,
    cpu: ((cpuSecondsOf(pid)! - cpu) * 1e6) / loaded.requests,
    databaseCpu: ((databaseCpu() - ofDatabase) * 1e6) / loaded.requests,
  };
}
