import type { RateBuckets } from "../auth/rate-buckets.js";
import { RateLimitedError } from "../errors/limit-errors.js";
import { type Limiter, RateLimiter } from "./rate-limit.js";

interface Caller {
  /** Taken from the shared bucket and not used yet. */
  left: number;
  /** What is left is lost then: it was taken for what follows at once. */
  leftUntil: number;
  /** Until then the shared bucket has nothing. */
  emptyUntil: number;
  /** Requests admitted since `since`: so many are likely to follow in as long a time. */
  admitted: number;
  since: number;
  waiting: { admit(): void; refuse(error: Error): void }[];
}

type Buckets = Pick<RateBuckets, "take" | "perSecond">;

/** For so long ahead a process takes what a caller is likely to ask. */
const AHEAD_MS = 100;
const REMEMBERED_CALLERS = 10_000;

/**
 * The same limit for all processes together: each takes from one bucket in the database, for the requests that wait and those
 * likely to follow within 100 ms. While the database is away, each process has a limit of its own.
 */
export class SharedRateLimiter implements Limiter {
  readonly #callers = new Map<string, Caller>();
  readonly #alone: RateLimiter;
  #asking = false;

  constructor(
    private readonly buckets: Buckets,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#alone = new RateLimiter(buckets.perSecond, now);
  }

  take(name: string): void | Promise<void> {
    const at = this.now();
    const caller = this.#callerOf(name, at);
    if (at < caller.emptyUntil) throw this.#limited(caller.emptyUntil - at);
    if (at >= caller.leftUntil) caller.left = 0;
    if (caller.left > 0) {
      caller.left--;
      caller.admitted++;
      return;
    }
    return new Promise((resolve, reject) => {
      caller.waiting.push({ admit: resolve, refuse: reject });
      void this.#ask();
    });
  }

  /** One statement at a time: who comes meanwhile is in the next. */
  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (;;) {
        // Those who came in one turn are asked for together.
        await Promise.resolve();
        const waiting = [...this.#callers].filter(([, { waiting }]) => waiting.length > 0);
        if (waiting.length === 0) return;
        await this.#askFor(waiting);
      }
    } finally {
      this.#asking = false;
    }
  }

  async #askFor(callers: readonly (readonly [string, Caller])[]): Promise<void> {
    const turns = callers.map(([name, caller]) => ({ name, caller, waiting: caller.waiting.splice(0) }));
    const asked = new Map(
      turns.map(({ name, caller, waiting }) => [name, waiting.length + this.#ahead(caller)]),
    );
    try {
      const grants = await this.buckets.take(asked);
      for (const { name, caller, waiting } of turns) this.#give(caller, waiting, grants.get(name)!);
    } catch {
      for (const { name, waiting } of turns) this.#judgeAlone(name, waiting);
    }
  }

  #give(
    caller: Caller,
    waiting: Caller["waiting"],
    { granted, tokens }: { granted: number; tokens: number },
  ) {
    const at = this.now();
    for (const { admit } of waiting.slice(0, granted)) admit();
    caller.admitted += Math.min(granted, waiting.length);
    caller.left = Math.max(0, granted - waiting.length);
    caller.leftUntil = at + AHEAD_MS;
    if (tokens < 1 && caller.left === 0)
      caller.emptyUntil = at + ((1 - tokens) / this.buckets.perSecond) * 1_000;
    for (const { refuse } of waiting.slice(granted)) refuse(this.#limited(caller.emptyUntil - at));
  }

  #judgeAlone(name: string, waiting: Caller["waiting"]): void {
    for (const { admit, refuse } of waiting) {
      try {
        this.#alone.take(name);
        admit();
      } catch (error) {
        refuse(error as Error);
      }
    }
  }

  #ahead(caller: Caller): number {
    const at = this.now();
    const elapsedMs = Math.max(AHEAD_MS, at - caller.since);
    const ahead = Math.floor((caller.admitted / elapsedMs) * AHEAD_MS);
    if (at - caller.since >= AHEAD_MS) [caller.since, caller.admitted] = [at, 0];
    return Math.min(ahead, Math.floor(this.buckets.perSecond / 10));
  }

  #limited(waitMs: number): RateLimitedError {
    return new RateLimitedError(this.buckets.perSecond, Math.max(1, Math.ceil(waitMs / 1_000)));
  }

  #callerOf(name: string, at: number): Caller {
    const known = this.#callers.get(name);
    if (known) return known;
    if (this.#callers.size >= REMEMBERED_CALLERS) {
      for (const [each, { waiting, leftUntil, emptyUntil }] of this.#callers)
        if (waiting.length === 0 && leftUntil <= at && emptyUntil <= at) this.#callers.delete(each);
    }
    const caller = { left: 0, leftUntil: 0, emptyUntil: 0, admitted: 0, since: at, waiting: [] };
    this.#callers.set(name, caller);
    return caller;
  }
}
