import { createHash } from "node:crypto";
import type { Queryable } from "../db/pool.js";
import { outsideRequests } from "../observability/request-scope.js";

/** What one caller gets. */
export interface Grant {
  granted: number;
  /** What is left, at least 0; below 1 the next one has to wait. */
  tokens: number;
}

/**
 * Rows are locked in one order, so that no two processes wait for each other. Who waited for another's may have an earlier
 * instant than it: then no time has passed.
 */
const TAKE = `
  insert into rate_limits as r (caller, tokens, granted, at)
  select caller, $3::float8 - least(wanted, $3::int), least(wanted, $3::int), clock_timestamp()
  from unnest($1::bytea[], $2::int[]) as asked(caller, wanted) order by caller
  on conflict (caller) do update set (tokens, granted, at) = (
    select available - least(excluded.granted, floor(available)),
      least(excluded.granted, floor(available))::int, greatest(r.at, excluded.at)
    from (select least($3::float8,
      r.tokens + $4::float8 * greatest(0, extract(epoch from excluded.at - r.at)::float8)) as available) a)
  returning caller, granted, tokens`;
/** Long after it is full again: then a row says what none says. */
const FORGET = "delete from rate_limits where at < clock_timestamp() - interval '10 minutes'";
const FORGET_MS = 600_000;

/** A token bucket per caller, which all processes over the database share: `perSecond` on average, twice that at once. */
export class RateBuckets {
  #forgotAt = performance.now();

  constructor(
    private readonly db: Queryable,
    readonly perSecond: number,
  ) {}

  /**
   * One statement for all of them.
   * @param asked how many each caller wants, by caller
   * @returns what each got, at most that
   */
  async take(asked: ReadonlyMap<string, number>): Promise<Map<string, Grant>> {
    const hashes = new Map([...asked.keys()].map((caller) => [sha256(caller).toString("hex"), caller]));
    const callers = [...asked.keys()].map(sha256);
    const values = [callers, [...asked.values()], this.perSecond * 2, this.perSecond];
    const { rows } = await outsideRequests(() =>
      this.db.query<{ caller: Buffer } & Grant>({ name: "asof_rate_take", text: TAKE, values }),
    );
    this.#forget();
    return new Map(
      rows.map(({ caller, granted, tokens }) => [hashes.get(caller.toString("hex"))!, { granted, tokens }]),
    );
  }

  #forget(): void {
    if (performance.now() - this.#forgotAt < FORGET_MS) return;
    this.#forgotAt = performance.now();
    outsideRequests(() => this.db.query(FORGET)).catch(() => {});
  }
}

const sha256 = (caller: string): Buffer => createHash("sha256").update(caller).digest();
