import type { QueueLimits } from "./fair-queue.js";
import type { LaneGroup } from "./lane.js";
import type { Session } from "./lane-client.js";
import { LanePool, type PoolTarget } from "./lane-pool.js";
import type { Pool } from "./pool.js";

/** What the connections of a process are for, each as a pool of its own. */
export interface Lanes {
  /** `/health` and `/ready`. */
  health: Pool;
  /** Series of `/metrics` that are read from the database. */
  series: Pool;
  /** Who sends a request: nothing is answered before. */
  auth: Pool;
  /** Online values of few users, which requests at once share: they are answered whatever else is asked. */
  predictions: Pool;
  /** What subscriptions replay and follow. */
  streams: Pool;
  /** What runs and upkeep use: their statements take as long as they take. */
  background: Pool;
  /** What requests are answered with: a statement ends with its request, and after REQUEST_TIMEOUT_MS. */
  requests: Pool;
}

export interface LanesOptions {
  /** Most connections to answer requests with, upkeep included. */
  connections: number;
  /** Those of runs, beside them; 0 where none are executed. */
  runs: number;
  timeoutMs: number;
  endGraceMs: number;
}

/** Below, lanes share what is reserved for them. */
const ROOMY_FROM = 16;
/** Of upkeep. */
const UPKEEP_CONNECTIONS = 5;

const QUEUE: QueueLimits = { requests: 200, waitMs: 10_000, perRequest: 4 };
/** Their statements take a millisecond or two. */
const SMALL: QueueLimits = { requests: 1_000, waitMs: 10_000, perRequest: 2 };

/** A parallel worker is a process of PostgreSQL's with the priority of requests; a run works over several connections anyway. */
const ALONE: Session["settings"] = {
  max_parallel_workers_per_gather: "0",
  max_parallel_maintenance_workers: "0",
};

type Name = Exclude<keyof Lanes, "series">;
type Share = [group: LaneGroup, most: number];
interface Plan {
  shared: number;
  /** Where series are read, and what ends statements: where nothing waits for what is to be ended. */
  series: Name;
  canceller: Name;
  lanes: Record<Name, Share>;
}

/** Each lane has connections of its own. */
function roomy({ connections, runs }: LanesOptions): Plan {
  const own = (reserved: number): LaneGroup => ({ reserved, keepOpen: true });
  return {
    shared: connections - 8 + Math.max(0, runs - UPKEEP_CONNECTIONS),
    series: "health",
    canceller: "background",
    lanes: {
      health: [own(1), 2],
      auth: [own(1), 2],
      predictions: [own(2), 2],
      streams: [own(1), 2],
      background: [own(3), Math.max(UPKEEP_CONNECTIONS, runs)],
      requests: [own(0), connections - 10],
    },
  };
}

/** Three groups have one each: what takes a millisecond or two, requests, upkeep. The others are whoever's comes first. */
function tight({ connections, runs }: LanesOptions): Plan {
  const quick: LaneGroup = { reserved: 1, keepOpen: true };
  const most = connections - 2;
  return {
    shared: connections - 3,
    series: "background",
    canceller: "health",
    lanes: {
      health: [quick, 1],
      auth: [quick, most],
      predictions: [quick, most],
      streams: [quick, 1],
      background: [{ reserved: Math.max(1, runs), keepOpen: false }, Math.max(most, runs)],
      requests: [{ reserved: 1, keepOpen: false }, most],
    },
  };
}

/**
 * The lanes of one process.
 * @param target where connections lead
 */
export function openLanes(target: PoolTarget, options: LanesOptions): Lanes & { end(): Promise<void> } {
  const { timeoutMs, endGraceMs } = options;
  const plan = options.connections < ROOMY_FROM ? tight(options) : roomy(options);
  const pool = new LanePool(target, plan.shared, endGraceMs);
  const canceller = () => lanes[plan.canceller];
  const session = (limitMs: number | null, settings: Session["settings"] = {}): Session => ({
    settings,
    timeoutMs: limitMs,
    canceller,
  });
  const lane = (named: Name, name: string, queue: QueueLimits | null, of: Session): Pool => {
    const [group, most] = plan.lanes[named];
    return pool.lane({ name, group, most, queue, session: of }).asPool();
  };
  const lanes: Record<Name, Pool> = {
    health: lane("health", "health", null, session(null)),
    auth: lane("auth", "tokens", SMALL, session(timeoutMs)),
    // Planned once for each connection. Left to itself PostgreSQL plans a batch of one anew each time, as it guesses ten,
    // which takes longer than reading it.
    predictions: lane(
      "predictions",
      "predictions",
      SMALL,
      session(timeoutMs, { plan_cache_mode: "force_generic_plan" }),
    ),
    streams: lane("streams", "subscriptions", null, session(null)),
    background: lane("background", "runs", null, session(null, ALONE)),
    requests: lane("requests", "requests", QUEUE, session(timeoutMs)),
  };
  return { ...lanes, series: lanes[plan.series], end: () => pool.end() };
}
