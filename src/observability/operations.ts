import type { Pool } from "../db/pool.js";
import type { RunKind, RunStatus } from "../registry/run.js";

/** Connections of one of this process's pools, the run engine's own not counted. */
export interface PoolUse {
  /** What they are for. */
  pool: "requests" | "runs";
  total: number;
  idle: number;
  /** Requests that wait for a connection. */
  waiting: number;
}

/** Runs of one kind that have not ended, of every process over the database. */
export interface RunsUnderWay {
  kind: RunKind;
  status: "QUEUED" | "RUNNING";
  runs: number;
  /** Since the first of them was created. */
  oldestSeconds: number;
}

export interface EndedRun {
  kind: RunKind;
  status: RunStatus;
  /** From its start to its end; null where it never started. */
  seconds: number | null;
}

/** How the process is doing, for those who watch it. */
export class Operations {
  readonly #listeners = new Set<(run: EndedRun) => void>();

  constructor(
    private readonly db: Pool,
    private readonly requests: Pool,
  ) {}

  pools(): PoolUse[] {
    const use = (pool: PoolUse["pool"], { totalCount, idleCount, waitingCount }: Pool): PoolUse => ({
      pool,
      total: totalCount,
      idle: idleCount,
      waiting: waitingCount,
    });
    return [use("requests", this.requests), use("runs", this.db)];
  }

  async runsUnderWay(): Promise<RunsUnderWay[]> {
    const { rows } = await this.db.query<RunsUnderWay>(
      `select kind, status, count(*)::int as runs,
         extract(epoch from greatest(clock_timestamp() - min(created_at), '0'))::float8 as "oldestSeconds"
       from runs where status in ('QUEUED', 'RUNNING') and kind <> 'EXTERNAL' group by kind, status`,
    );
    return rows;
  }

  /** Tells of every run that ends in this process from now on. */
  onRunEnded(listener: (run: EndedRun) => void): void {
    this.#listeners.add(listener);
  }

  runEnded(run: EndedRun): void {
    for (const listener of this.#listeners) listener(run);
  }
}
