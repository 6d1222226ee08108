import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RateBuckets } from "../../src/auth/rate-buckets.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import { RateLimitedError } from "../../src/errors/limit-errors.js";
import type { Limiter } from "../../src/http/rate-limit.js";
import { SharedRateLimiter } from "../../src/http/shared-rate-limit.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";

const PER_SECOND = 50;
const BURST = PER_SECOND * 2;

let database: TestDatabase;
let pools: Pool[];
/** As many as there are processes. */
let limiters: Limiter[];
beforeAll(async () => {
  database = await createMigratedDatabase();
  pools = [1, 2, 3].map(() => createPool(database.url, 2));
});
beforeEach(() => {
  limiters = pools.map((pool) => new SharedRateLimiter(new RateBuckets(pool, PER_SECOND)));
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await database.drop();
});

/** Asks every process in turn, so many at a time, for so long. */
async function flood(
  caller: string,
  ms: number,
  atOnce = 30,
): Promise<{ admitted: number; refused: number }> {
  const counts = { admitted: 0, refused: 0 };
  const until = performance.now() + ms;
  const client = async (n: number) => {
    while (performance.now() < until) {
      try {
        await limiters[n++ % limiters.length]!.take(caller);
        counts.admitted++;
      } catch (error) {
        expect(error).toBeInstanceOf(RateLimitedError);
        counts.refused++;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, n) => client(n)));
  return counts;
}

describe("the limit of several processes", () => {
  it("is one for all of them together, and no caller takes another's", async () => {
    const since = performance.now();
    const [a, b] = await Promise.all([flood("a", 2_000), flood("b", 2_000)]);
    const seconds = (performance.now() - since) / 1_000;
    for (const { admitted, refused } of [a, b]) {
      expect(admitted).toBeLessThanOrEqual(BURST + PER_SECOND * seconds + 1);
      // What a process took ahead and did not use is lost.
      expect(admitted).toBeGreaterThanOrEqual((BURST + PER_SECOND * seconds) * 0.7);
      expect(refused).toBeGreaterThan(0);
    }
  }, 20_000);

  it("gives a caller all of it through whichever process it asks", async () => {
    // A bucket that was last asked in an hour is not filled meanwhile, and no process sees its time pass.
    await pools[0]!.query(
      `insert into rate_limits (caller, tokens, granted, at)
       values (sha256('alone'), $1, 0, clock_timestamp() + interval '1 hour')
       on conflict (caller) do update set tokens = excluded.tokens, at = excluded.at`,
      [BURST],
    );
    const [first, second] = pools.map(
      (pool) => new SharedRateLimiter(new RateBuckets(pool, PER_SECOND), () => 0),
    );
    let taken = 0;
    await expect(
      (async () => {
        for (; taken <= BURST; taken++) await first!.take("alone");
      })(),
    ).rejects.toBeInstanceOf(RateLimitedError);
    expect(taken).toBe(BURST);
    await expect((async () => second!.take("alone"))()).rejects.toMatchObject({
      code: "RATE_LIMITED",
      message: "at most 50 requests a second are answered to one caller; try again in 1 s",
      retryAfterSeconds: 1,
    });
  });

  it("is kept by a hash of the caller, in one row", async () => {
    await limiters[0]!.take("hunter2");
    await limiters[1]!.take("hunter2");
    const { rows } = await pools[0]!.query(
      "select encode(caller, 'escape') as caller, tokens from rate_limits where caller = sha256('hunter2')",
    );
    expect(rows).toHaveLength(1);
    expect(rows[0].tokens).toBeGreaterThanOrEqual(BURST - 3);
    expect(rows[0].caller).not.toContain("hunter2");
  });

  it("is each process's own while the database is away", async () => {
    const away = { perSecond: 2, take: () => Promise.reject(new Error("away")) };
    const limiter = new SharedRateLimiter(away);
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, async () => limiter.take("a")));
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array(4).fill("fulfilled"),
      ...Array(2).fill("rejected"),
    ]);
  });

  it("costs a statement for all who wait, not one for each", async () => {
    let statements = 0;
    const buckets = new RateBuckets(pools[0]!, 1_000);
    const limiter = new SharedRateLimiter({
      perSecond: 1_000,
      take: (asked) => {
        statements++;
        return buckets.take(asked);
      },
    });
    await Promise.all(Array.from({ length: 500 }, async (_, n) => limiter.take(`caller ${n % 50}`)));
    expect(statements).toBeLessThanOrEqual(2);
  });
});
