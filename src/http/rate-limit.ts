import { RateLimitedError } from "../errors/limit-errors.js";

interface Bucket {
  tokens: number;
  at: number;
}

/** Admits what a caller asks, or refuses it. */
export interface Limiter {
  /** @throws {RateLimitedError} the caller has asked too often; rejects with it where others have to be asked */
  take(caller: string): void | Promise<void>;
}

/** Beyond this many callers those who have all their requests left are forgotten: they lose nothing by it. */
const REMEMBERED_CALLERS = 10_000;

/** A token bucket per caller: `perSecond` on average, twice that at once. Of one process: n processes let n times as many. */
export class RateLimiter implements Limiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #burst: number;

  /**
   * @param perSecond 0: no limit
   * @param now milliseconds that never go back
   */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#burst = perSecond * 2;
  }

  /** @throws {RateLimitedError} the caller has asked too often */
  take(caller: string): void {
    if (this.perSecond === 0) return;
    const at = this.now();
    const bucket = this.#buckets.get(caller) ?? this.#admit(caller, at);
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((at - bucket.at) / 1000) * this.perSecond);
    bucket.at = at;
    if (bucket.tokens < 1) {
      throw new RateLimitedError(this.perSecond, Math.ceil((1 - bucket.tokens) / this.perSecond));
    }
    bucket.tokens--;
  }

  #admit(caller: string, at: number): Bucket {
    if (this.#buckets.size >= REMEMBERED_CALLERS) {
      const fullAfterMs = (this.#burst / this.perSecond) * 1000;
      for (const [known, bucket] of this.#buckets) {
        if (at - bucket.at >= fullAfterMs) this.#buckets.delete(known);
      }
    }
    const bucket = { tokens: this.#burst, at };
    this.#buckets.set(caller, bucket);
    return bucket;
  }
}
