import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { RunsUnderWay } from "../jobs/operations.js";
import type { OperationsService } from "../services/services.js";
import { sharedRead } from "./shared-read.js";

const runBuckets = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

/** Runs, their queue, and the database pool. What is read from the database is left out while it is away. */
export function registerOperations(registry: Registry, operations: OperationsService, keepMs: number): void {
  registerPool(registry, operations);
  new Counter({
    name: "asof_engine_restarts_total",
    help: "How often the run engine's thread died and was started again.",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(operations.engineRestarts());
    },
  });
  if (operations.reads())
    new Counter({
      name: "asof_database_reads_total",
      help: "Reads of features that a standby may answer, by the server that did.",
      labelNames: ["server"],
      registers: [registry],
      collect() {
        this.reset();
        for (const [server, count] of Object.entries(operations.reads() ?? {})) this.inc({ server }, count);
      },
    });
  const runSeconds = new Histogram({
    name: "asof_run_duration_seconds",
    help: "Runs that ended in this process, from start to end, by kind and status.",
    labelNames: ["kind", "status"],
    buckets: runBuckets,
    registers: [registry],
  });
  operations.onRunEnded(({ kind, status, seconds }) => {
    if (seconds !== null) runSeconds.observe({ kind, status }, seconds);
  });
  registerUnderWay(registry, operations, keepMs);
}

function registerPool(registry: Registry, operations: OperationsService): void {
  new Gauge({
    name: "asof_db_pool_connections",
    help: "Connections of this process's pools, by pool and state.",
    labelNames: ["pool", "state"],
    registers: [registry],
    collect() {
      for (const { pool, total, idle } of operations.pools()) {
        this.set({ pool, state: "idle" }, idle);
        this.set({ pool, state: "used" }, total - idle);
      }
    },
  });
  new Gauge({
    name: "asof_db_pool_waiting",
    help: "Statements that wait for a connection, by pool.",
    labelNames: ["pool"],
    registers: [registry],
    collect() {
      for (const { pool, waiting } of operations.pools()) this.set({ pool }, waiting);
    },
  });
}

function registerUnderWay(registry: Registry, operations: OperationsService, keepMs: number): void {
  const read = sharedRead(() => operations.runsUnderWay(), [], keepMs);
  const perKind = (
    name: string,
    help: string,
    of: RunsUnderWay["status"],
    value: (runs: RunsUnderWay) => number,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: ["kind"],
      registers: [registry],
      async collect() {
        const known = await read();
        this.reset();
        for (const runs of known) if (runs.status === of) this.set({ kind: runs.kind }, value(runs));
      },
    });
  perKind(
    "asof_queue_depth",
    "Runs that wait for a worker, of every process, by kind.",
    "QUEUED",
    ({ runs }) => runs,
  );
  perKind(
    "asof_queue_oldest_seconds",
    "Age of the run queued longest, by kind.",
    "QUEUED",
    ({ oldestSeconds }) => oldestSeconds,
  );
  perKind("asof_runs_running", "Runs under way, of every process, by kind.", "RUNNING", ({ runs }) => runs);
}
