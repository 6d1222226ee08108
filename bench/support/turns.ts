import { median } from "./measure.js";

/** What is measured beside others. */
export interface Contestant {
  name: string;
  /** CPU seconds that all of its processes have used so far. */
  cpu(): number;
}

export interface Turns {
  rounds: number;
  /** Of one round. */
  calls: number;
  /** How many wait for an answer at once; 1 unless it is said. */
  callers?: number;
  /** Calls before the first round; 1 unless it is said. */
  warmUp?: number;
}

/** Of a call, in milliseconds. */
interface Sample {
  clock: number;
  cpu: number;
}

export const TURNS_HEAD =
  "| call | by | ms | CPU ms | ms, of the first's | CPU, of the first's |\n|---|---|---|---|---|---|";

/**
 * Rounds of calls in turns, in alternating order: all meet the same neighbours. Prints a line for each: medians of the
 * rounds, a call, and how many times those of the first they are.
 * @param ask is given the number of the call; those before the first round have negative ones
 */
export async function compareInTurns<Side extends Contestant>(
  what: string,
  sides: readonly Side[],
  { rounds, calls, callers = 1, warmUp = 1 }: Turns,
  ask: (side: Side, call: number) => Promise<unknown>,
): Promise<void> {
  const samples = new Map<Side, Sample[]>(sides.map((side) => [side, []]));
  for (const side of sides) await askAll(-warmUp, 0, callers, (call) => ask(side, call));
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const [since, cpu] = [performance.now(), side.cpu()];
      await askAll(round * calls, (round + 1) * calls, callers, (call) => ask(side, call));
      samples.get(side)!.push({
        clock: (performance.now() - since) / calls,
        cpu: ((side.cpu() - cpu) * 1_000) / calls,
      });
    }
  }
  const found = sides.map((side) => ({
    name: side.name,
    clock: median(samples.get(side)!.map(({ clock }) => clock)),
    cpu: median(samples.get(side)!.map(({ cpu }) => cpu)),
  }));
  const [first] = found;
  for (const { name, clock, cpu } of found) {
    const times = [clock / first!.clock, cpu / first!.cpu].map((ratio) => ratio.toFixed(1));
    console.log(`| ${[what, name, clock.toFixed(2), cpu.toFixed(2), ...times].join(" | ")} |`);
  }
}

async function askAll(
  from: number,
  to: number,
  callers: number,
  ask: (call: number) => Promise<unknown>,
): Promise<void> {
  let next = from;
  const work = async () => {
    while (next < to) await ask(next++);
  };
  await Promise.all(Array.from({ length: callers }, work));
}
