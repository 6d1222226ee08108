import type { Lanes } from "../db/lanes-of-process.js";
import type { Pool } from "../db/pool.js";
import type { RunStatus } from "../registry/run.js";

/** Connections of one of the lanes of this process, the run engine's own not counted. */
export interface PoolUse {
  /** What they are for. */
  pool: "requests" | "predictions" | "streams" | "auth" | "health" | "runs";
  total: number;
  idle: number;
  /** Requests that wait for a connection. */
  waiting: number;
}

/** Runs of one kind that have not ended, of every process over the database. */
export interface RunsUnderWay {
  kind: string;
  status: "QUEUED" | "RUNNING";
  runs: number;
  /** Since the first of them was created. */
  oldestSeconds: number;
}

export interface EndedRun {
  kind: string;
  status: RunStatus;
  /** From its start to its end; null where it never started. */
  seconds: number | null;
}

/** How the process is doing, for those who watch it. */
export class Operations {
  readonly #listeners = new Set<(run: EndedRun) => void>();
  #engine = NONE;
  #restarts = 0;

  constructor(
    private readonly lanes: Lanes,
    private readonly replica?: { reads: { replica: number; primary: number } },
  ) {}

  /** Single reads that could go to a standby, by where they went; null: there is none. */
  reads(): { replica: number; primary: number } | null {
    return this.replica?.reads ?? null;
  }

  pools(): PoolUse[] {
    const { background, requests, predictions, streams, auth, health } = this.lanes;
    const [runs, engine] = [poolUse("runs", background), this.#engine];
    return [
      poolUse("requests", requests),
      poolUse("predictions", predictions),
      poolUse("streams", streams),
      poolUse("auth", auth),
      poolUse("health", health),
      {
        pool: "runs",
        total: runs.total + engine.total,
        idle: runs.idle + engine.idle,
        waiting: runs.waiting + engine.waiting,
      },
    ];
  }

  async runsUnderWay(): Promise<RunsUnderWay[]> {
    const { rows } = await this.lanes.series.query<RunsUnderWay>(
      `select kind, status, count(*)::int as runs,
         extract(epoch from greatest(clock_timestamp() - min(created_at), '0'))::float8 as "oldestSeconds"
       from runs where status in ('QUEUED', 'RUNNING') and kind <> 'EXTERNAL' group by kind, status`,
    );
    return rows;
  }

  /** Calls back for every run that ends in this process from now on. */
  onRunEnded(listener: (run: EndedRun) => void): void {
    this.#listeners.add(listener);
  }

  runEnded(run: EndedRun): void {
    for (const listener of this.#listeners) listener(run);
  }

  /** What an engine with connections of its own has in use now. */
  engineConnections(use: PoolUse): void {
    this.#engine = use;
  }

  engineRestarted(): void {
    this.#restarts++;
    this.#engine = NONE;
  }

  /** How often the engine's thread died and was started again. */
  engineRestarts(): number {
    return this.#restarts;
  }
}

const NONE: PoolUse = { pool: "runs", total: 0, idle: 0, waiting: 0 };

export const poolUse = (
  pool: PoolUse["pool"],
  { totalCount, idleCount, waitingCount }: Pick<Pool, "totalCount" | "idleCount" | "waitingCount">,
): PoolUse => ({ pool, total: totalCount, idle: idleCount, waiting: waitingCount });
