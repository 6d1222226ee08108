import type { RateBuckets } from "../auth/rate-buckets.js";

/** Of callers, none is called so. */
const NAME = "asof: prediction log";

/** So many entries a second for all processes together: each takes ahead what it is likely to keep until the next turn. */
export class LogAllowance {
  #left = 0;
  #asked: number;

  constructor(private readonly buckets: Pick<RateBuckets, "take" | "perSecond">) {
    this.#asked = buckets.perSecond;
  }

  /** Whether another one may be kept. */
  admit(): boolean {
    this.#asked++;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  /** Called once a second. @throws {Error} the database is away: what was taken before may still be kept */
  async refill(): Promise<void> {
    const wanted = Math.min(this.#asked, this.buckets.perSecond) - this.#left;
    this.#asked = 0;
    if (wanted < 1) return;
    const { granted } = (await this.buckets.take(new Map([[NAME, Math.ceil(wanted)]]))).get(NAME)!;
    this.#left += granted;
  }
}
