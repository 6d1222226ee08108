import type { QueueLimits } from "./fair-queue.js";
import type { Session } from "./lane-client.js";
import { LanePool } from "./lane-pool.js";
import type { Pool } from "./pool.js";

/** What the connections of a process are for, each as a pool of its own. */
export interface Lanes {
  /** `/health`, `/ready` and what `/metrics` reads. */
  health: Pool;
  /** Who sends a request: nothing is answered before. */
  auth: Pool;
  /** Online values of few users, which requests at once share: two of them have connections whatever else is asked. */
  predictions: Pool;
  /** What subscriptions replay and follow. */
  streams: Pool;
  /** What runs and upkeep use: their statements take as long as they take. */
  background: Pool;
  /** What requests are answered with: a statement ends with its request, and after REQUEST_TIMEOUT_MS. */
  requests: Pool;
}

/** Most of the requests of one process. */
export const REQUEST_CONNECTIONS = 14;
/** Of the background's, those that no request can take. */
const BACKGROUND_RESERVED = 3;

const QUEUE: QueueLimits = { requests: 200, waitMs: 10_000, perRequest: 4 };
/** Their statements take a millisecond or two. */
const SMALL: QueueLimits = { requests: 1_000, waitMs: 10_000, perRequest: 2 };

/** @param background connections for runs, streams and upkeep */
export function openLanes(
  url: string,
  { timeoutMs, background, endGraceMs }: { timeoutMs: number; background: number; endGraceMs: number },
): Lanes & { end(): Promise<void> } {
  const shared = REQUEST_CONNECTIONS + Math.max(0, background - BACKGROUND_RESERVED);
  const pool = new LanePool(url, shared, endGraceMs);
  const canceller = () => lanes.background;
  const session = (settings: Session["settings"], limitMs: number | null): Session => ({
    settings,
    timeoutMs: limitMs,
    canceller,
  });
  const lane = (name: string, reserved: number, most: number, queue: QueueLimits | null, of: Session): Pool =>
    pool.lane({ name, reserved, most, queue, session: of }).asPool();
  const lanes: Lanes = {
    health: lane("health", 1, 2, null, session({}, null)),
    auth: lane("tokens", 1, 2, SMALL, session({}, timeoutMs)),
    // Planned once for each connection. Left to itself PostgreSQL plans a batch of one anew each time, as it guesses ten,
    // which takes longer than reading it.
    predictions: lane(
      "predictions",
      2,
      2,
      SMALL,
      session({ plan_cache_mode: "force_generic_plan" }, timeoutMs),
    ),
    streams: lane("subscriptions", 1, 2, null, session({}, null)),
    background: lane("runs", Math.min(BACKGROUND_RESERVED, background), background, null, session({}, null)),
    requests: lane("requests", 0, REQUEST_CONNECTIONS, QUEUE, session({}, timeoutMs)),
  };
  return { ...lanes, end: () => pool.end() };
}
