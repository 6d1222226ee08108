import type { PageRequest, Slice } from "../db/page.js";
import type { ModelRegistration, RegisterRequest } from "../jobs/register/registrations.js";
import type { Firing, NewSchedule, Schedule } from "../jobs/schedules/schedules.js";
import type { NewArtifact } from "../registry/artifact-store.js";
import type { Experiments } from "../registry/experiments.js";
import type { EndStatus, NewExternalRun } from "../registry/external-runs.js";
import type { PointsPage } from "../registry/metric-points.js";
import type { VersionEntry } from "../registry/model.js";
import type {
  Artifact,
  Metric,
  MetricOrder,
  MetricPoint,
  QuarantinedRow,
  Run,
  RunCount,
  RunEvent,
  RunFilter,
  RunOrder,
  RunStep,
} from "../registry/run.js";
import type { RunChange } from "../registry/run-annotations.js";
import type { DeletedRun } from "../registry/run-deletion.js";
import type { DatasetInput } from "../registry/run-inputs.js";
import type { RunRetentionReport, RunRetentionRequest } from "../registry/run-retention.js";
import type { SearchPage } from "../registry/search/condition.js";
import type { FoundRun, RunSearchRequest } from "../registry/search/run-search.js";
import type { TrackedRuns } from "../registry/tracked-runs.js";

export interface RunService {
  findByIds(ids: readonly string[]): Promise<(Run | null)[]>;
  list(filter: RunFilter, order: RunOrder | MetricOrder, page: PageRequest): Promise<Slice<Run>>;
  count(filter: RunFilter, order: RunOrder | MetricOrder): Promise<RunCount>;
  steps(runIds: readonly string[]): Promise<RunStep[][]>;
  metrics(runIds: readonly string[]): Promise<Metric[][]>;
  latestMetrics(runIds: readonly string[], names?: readonly string[]): Promise<Metric[][]>;
  metricHistory(
    runIds: readonly string[],
    name: string,
    first: number,
    after: number | null,
  ): Promise<Metric[][]>;
  /** @param after a name */
  artifacts(runIds: readonly string[], first: number, after: string | null): Promise<Artifact[][]>;
  children(parentIds: readonly string[], first: number): Promise<Run[][]>;
  /** The datasets that trainers outside said they read. */
  inputs(runIds: readonly string[]): Promise<DatasetInput[][]>;
  /** Every point of one series, however many are of one step. */
  pagePoints(runId: string, name: string, first: number, after: string | null): Promise<PointsPage>;
  search(request: RunSearchRequest): Promise<SearchPage<FoundRun>>;
  events(runIds: readonly string[], after: string | null, first: number): Promise<RunEvent[][]>;
  /** Replays what came after the cursor, then goes on live until the consumer returns. */
  follow(runId: string | null, after: string | null): AsyncIterableIterator<RunEvent>;
  lastSucceeded(kinds: string[]): Promise<Run | null>;
  /** The newest ingest of each `source` text. */
  lastIngests(sources: readonly string[]): Promise<(Run | null)[]>;
  /** The rows that each run's publication kept out, of one source or all. */
  quarantined(
    runIds: readonly string[],
    source: string | null,
    page: PageRequest,
  ): Promise<Slice<QuarantinedRow>[]>;
  countQuarantined(runIds: readonly string[], source: string | null): Promise<number[]>;
}

/** What clients write: runs made elsewhere, and what people add to any run. */
export interface TrackingService {
  create(run: NewExternalRun, actor: string): Promise<Run>;
  logMetrics(runId: string, points: readonly MetricPoint[]): Promise<Run>;
  logParams(runId: string, params: Record<string, unknown>): Promise<Run>;
  /** @param sha256 what the client says the bytes have */
  logArtifact(runId: string, artifact: NewArtifact, sha256?: string | null): Promise<Artifact>;
  finish(runId: string, status: EndStatus, reason: string | null, actor: string): Promise<Run>;
  /**
   * The version is there at once, PENDING; it is waited for a while.
   * @param waitMs 0: not at all
   * @throws what its run failed with, where that ends while it is waited for
   */
  register(request: RegisterRequest, actor: string, waitMs?: number): Promise<VersionEntry>;
  /** The users such a registration is judged on, in key order. */
  heldOut(...of: Parameters<ModelRegistration["heldOut"]>): Promise<string[]>;
  annotate(runId: string, change: RunChange, actor: string): Promise<Run>;
  delete(runId: string): Promise<DeletedRun>;
  applyRetention(request: RunRetentionRequest): Promise<RunRetentionReport>;
}

/** What runs are filed under. */
export type ExperimentService = Pick<
  Experiments,
  | "create"
  | "change"
  | "delete"
  | "restore"
  | "require"
  | "findByIds"
  | "findByName"
  | "search"
  | "list"
  | "count"
  | "changes"
>;

/** Runs made elsewhere, as tracking protocols write them. */
export type TrackedRunService = Pick<
  TrackedRuns,
  "begin" | "logBatch" | "setState" | "setDeleted" | "logInputs"
>;

export interface ScheduleService {
  /** Creates the schedule, or changes the one of this name. */
  set(schedule: NewSchedule, actor: string): Promise<Schedule>;
  /** By name. */
  list(first?: number): Promise<Schedule[]>;
  pause(name: string): Promise<Schedule>;
  resume(name: string): Promise<Schedule>;
  delete(name: string): Promise<Schedule>;
  runNow(name: string, actor: string): Promise<Run>;
  /** The newest first. */
  firings(name: string, first: number): Promise<Firing[]>;
}
