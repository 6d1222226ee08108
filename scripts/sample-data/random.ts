/**
 * Random draws made only of integer operations, + − × ÷: ECMAScript fixes those to the last bit, while `Math.exp`,
 * `Math.log` and `Math.sin` may differ from one engine to the next.
 */
export class Random {
  private state: number;

  /** Streams of different names are independent: a new column does not move the values of the others. */
  constructor(seed: number, stream: string) {
    let hash = (0x811c9dc5 ^ seed) >>> 0;
    for (const character of stream) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
    this.state = hash;
    for (let warmUp = 0; warmUp < 8; warmUp++) this.uniform();
  }

  /** In [0, 1), 32 bits: mulberry32. */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Twelve uniform draws summed (Irwin–Hall): variance 1, and no logarithm as Box–Muller needs. */
  normal(mean: number, deviation: number): number {
    let sum = -6;
    for (let draw = 0; draw < 12; draw++) sum += this.uniform();
    return mean + deviation * sum;
  }

  /** Knuth's product of uniforms; fine for the small means used here. */
  poisson(mean: number): number {
    const floor = exp(-mean);
    let count = 0;
    for (let product = this.uniform(); product > floor; product *= this.uniform()) count++;
    return count;
  }

  pick<T>(choices: readonly (readonly [T, number])[]): T {
    let left = this.uniform();
    for (const [value, share] of choices) {
      left -= share;
      if (left < 0) return value;
    }
    return choices[choices.length - 1]![0];
  }
}

/** e^x to about 1e-9 relative for |x| < 20, the same bits everywhere: Taylor at x/1024, squared ten times. */
export function exp(x: number): number {
  const step = x / 1024;
  let power = 1 + step * (1 + (step / 2) * (1 + (step / 3) * (1 + step / 4)));
  for (let squaring = 0; squaring < 10; squaring++) power *= power;
  return power;
}

export function logistic(x: number): number {
  return 1 / (1 + exp(-x));
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
