import type { Identity } from "../auth/identity.js";
import type { TokenStore } from "../auth/token-store.js";
import type { Page, PageRequest, Slice } from "../db/page.js";
import type { Deployment } from "../definitions/language/deployment.js";
import type { FeatureProfile } from "../features/feature-profiles.js";
import type { FeatureSelection } from "../features/feature-selection.js";
import type { RetentionReport, RetentionRequest } from "../features/snapshot-retention.js";
import type {
  EntityRecord,
  EntityRow,
  RevisionKey,
  Snapshot,
  SnapshotDiff,
  UserFeatures,
  ViewFreshness,
} from "../features/types.js";
import type { DeliveryStore } from "../ingest/deliveries/delivery-store.js";
import type { PushService } from "../ingest/push-service.js";
import type { JobService } from "../jobs/job-service.js";
import type { EndedRun, PoolUse, RunsUnderWay } from "../jobs/operations.js";
import type { Firing, NewSchedule, Schedule } from "../jobs/schedules/schedules.js";
import type { DriftPoint } from "../monitoring/drift-history.js";
import type { LivePoint } from "../monitoring/live-history.js";
import type { LiveMetrics, Window } from "../monitoring/live-metrics.js";
import type { AnsweredPrediction, LogFilter } from "../monitoring/logged-predictions.js";
import type { ShadowComparison } from "../monitoring/shadow-comparison.js";
import type { NewArtifact, StoredArtifact } from "../registry/artifact-store.js";
import type { Comparison } from "../registry/evidence.js";
import type { EndStatus, NewExternalRun } from "../registry/external-runs.js";
import type {
  ModelVersion,
  PromoteRequest,
  RegisteredModel,
  Stage,
  StageTransition,
} from "../registry/model.js";
import type { ModelAlias, ModelNote } from "../registry/model-catalogue.js";
import type { AliasKey, VersionKey } from "../registry/model-store.js";
import type { PromotionVerdict } from "../registry/promotion.js";
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
import type { Servability } from "../registry/servability.js";
import type { Problem } from "../serving/model-problems.js";
import type { RegisterRequest } from "../serving/register-model.js";
import type {
  Prediction,
  PredictionExplanation,
  PredictionOutcome,
  PredictRequest,
} from "../serving/types.js";
import type { ModelEvaluation } from "../training/tasks/model-evaluation.js";
import type { ComparedMetricName } from "../values/task.js";
import type { GraphQLLimits } from "./graphql-limits.js";
import type { SocketLimits } from "./socket-limits.js";

/** What resolvers and routes call: the whole service behind one object, composed in `process/compose.ts`. */
export interface Services {
  config: ServiceConfig;
  version: string;
  definitions: Deployment;
  entities: EntityService;
  features: FeatureReader;
  pushes: Pick<PushService, "push">;
  deliveries: Pick<DeliveryStore, "list" | "count" | "lastScan" | "requestScan">;
  snapshots: SnapshotService;
  runs: RunService;
  models: ModelService;
  catalogue: CatalogueService;
  artifacts: ArtifactService;
  tracking: TrackingService;
  predictor: PredictionService;
  jobs: Pick<JobService, "start" | "cancel" | "retry">;
  schedules: ScheduleService;
  monitoring: MonitoringService;
  operations: OperationsService;
  auth: AuthService;
  tokens: Pick<TokenStore, "create" | "list" | "revoke">;
  health(): Promise<HealthReport>;
  /** Problems other than an unreachable store; any of them makes the status DEGRADED. */
  problems(): Promise<Problem[]>;
}

/** What resolvers and routes read of the configuration. */
export interface ServiceConfig {
  logLevel: string;
  basePath: string;
  graphqlLimits: GraphQLLimits;
  socketLimits: SocketLimits;
  requestTimeoutMs: number;
  keepAliveMs: number;
  rateLimitPerSecond: number;
  metricsPublic: boolean;
  cors: { origins: string[]; credentials: boolean };
}

export interface HealthReport {
  database: "OK" | "DEGRADED" | "DOWN";
  onlineStore: "OK" | "DEGRADED" | "DOWN";
  uptimeSeconds: number;
}

/** Who sent a request. What they may do stands beside each field, route and run kind. */
export interface AuthService {
  /** Whether requests need no authentication. */
  readonly open: boolean;
  /** @throws {UnauthenticatedError} */
  authenticate(authorization: string | undefined, claimedActor: string): Identity | Promise<Identity>;
  /** Calls `ended` once when the identity holds no longer; returns what ends the watch. */
  watch(identity: Identity, ended: (reason: string) => void): () => void;
}

export interface EntityService {
  find(userIds: readonly string[]): Promise<(EntityRecord | null)[]>;
  /** By key. @param prefix what keys begin with; absent: any */
  list(page: PageRequest, prefix?: string | null): Promise<Slice<EntityRecord>>;
  count(prefix?: string | null): Promise<number>;
}

export interface FeatureReader {
  /** One answer per row, in the rows' order. @param selection absent: every feature of the deployment */
  read(rows: readonly EntityRow[], selection?: FeatureSelection): Promise<UserFeatures[]>;
  freshness(): Promise<Map<string, ViewFreshness>>;
  /** Share of requested values found PRESENT since the process started; null before the first. */
  hitRate(): number | null;
  /** Calls back for every online read from now on, with its number of users; concurrent requests share a read. */
  onOnlineRead(listener: (users: number) => void): void;
}

export interface SnapshotService {
  findByIds(ids: readonly number[]): Promise<(Snapshot | null)[]>;
  find(asOf: string, revision?: number | null): Promise<Snapshot | null>;
  findRevisions(keys: readonly RevisionKey[]): Promise<(Snapshot | null)[]>;
  list(page: PageRequest): Promise<Page<Snapshot>>;
  diff(from: string, to: string): Promise<SnapshotDiff>;
  /** Of the newest revision of the date. */
  profile(view: string, asOf: string): Promise<FeatureProfile[] | null>;
  /** Of each of these snapshots; null, too, where its rows were dropped before anybody asked. */
  profiles(ids: readonly number[], view: string): Promise<(FeatureProfile[] | null | Error)[]>;
  applyRetention(request: RetentionRequest): Promise<RetentionReport>;
}

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
  register(request: RegisterRequest, actor: string): Promise<ModelVersion>;
  /** The users such a registration is judged on, in key order. */
  heldOut(request: Omit<RegisterRequest, "runId" | "artifact" | "signature">): Promise<string[]>;
  annotate(runId: string, change: RunChange, actor: string): Promise<Run>;
  delete(runId: string): Promise<DeletedRun>;
}

export interface ModelService {
  listModels(first: number): Promise<RegisteredModel[]>;
  findModels(names: readonly string[]): Promise<(RegisteredModel | null)[]>;
  /** The newest of each model, of those with a smaller number than `before`. */
  versions(models: readonly string[], first: number, before: number | null): Promise<ModelVersion[][]>;
  /** Of each model those in Production and Staging. */
  servingVersions(models: readonly string[]): Promise<ModelVersion[][]>;
  findVersion(model: string, version: number): Promise<ModelVersion | null>;
  findVersions(keys: readonly VersionKey[]): Promise<(ModelVersion | null)[]>;
  findVersionsByRun(runIds: readonly string[]): Promise<(ModelVersion | null)[]>;
  /** Of each model, or of a version of it. */
  transitions(
    keys: readonly { model: string; version: number | null }[],
    first: number,
    before: string | null,
  ): Promise<StageTransition[][]>;
  promote(request: PromoteRequest): Promise<ModelVersion>;
  /** What `promote` would say without force; nothing is changed. */
  promotionCheck(model: string, version: number, stage: Stage): Promise<PromotionVerdict>;
  /** On rows that neither was trained on; by what the gates compare by where no metric is named. */
  compareVersions(
    model: string,
    version: number,
    other: number,
    metric: ComparedMetricName | null,
  ): Promise<Comparison>;
  rollback(model: string, reason: string, actor: string): Promise<ModelVersion>;
  followTransitions(model: string | null): AsyncIterableIterator<StageTransition>;
  /** As they were measured when each was trained or registered; null where nothing of that was kept. */
  evaluations(versions: readonly ModelVersion[]): Promise<(ModelEvaluation | null)[]>;
  /** Whether asof can predict with it now. */
  servability(version: ModelVersion): Promise<Servability>;
}

/** Names, notes and the end of versions. */
export interface CatalogueService {
  aliases(models: readonly string[], first: number): Promise<ModelAlias[][]>;
  findByAliases(keys: readonly AliasKey[]): Promise<(ModelVersion | null)[]>;
  requireByAlias(model: string, alias: string): Promise<ModelVersion>;
  setAlias(model: string, alias: string, version: number, actor: string): Promise<ModelVersion>;
  removeAlias(model: string, alias: string): Promise<ModelVersion>;
  annotate(note: ModelNote, actor: string): Promise<RegisteredModel>;
  deleteVersion(model: string, version: number): Promise<RegisteredModel>;
}

export interface ArtifactService {
  /** To be read from any byte on; null where no artifact has this SHA-256. */
  open(sha256: string): Promise<StoredArtifact | null>;
}

export interface PredictionService {
  predict(userId: string, request: PredictRequest): Promise<Prediction>;
  predictMany(userIds: readonly string[], request: PredictRequest): Promise<PredictionOutcome[]>;
  /** What each feature adds to it; null for a model that asof did not train. */
  explain(prediction: Prediction): Promise<PredictionExplanation | null>;
  /** The version serving now in this process, or null. */
  production(model: string): ModelVersion | null;
}

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

export interface MonitoringService {
  /** What was answered, the newest first. */
  predictions(filter: LogFilter, page: PageRequest): Promise<Slice<AnsweredPrediction>>;
  /** The version's logged predictions against the labels of a later snapshot. */
  live(version: ModelVersion, labelAsOf: string | null, window: Window): Promise<LiveMetrics>;
  /** Day by day and version by version, oldest first; labels of the newest snapshot where null. */
  liveHistory(model: string, first: number, labelAsOf: string | null): Promise<LivePoint[]>;
  /** The version as a shadow beside what answered. */
  shadow(model: string, version: number, window: Window): Promise<ShadowComparison>;
  /** Of each feature over the newest dates, the oldest first; null where no version is in Production. */
  driftHistory(model: string, first: number): Promise<DriftPoint[] | null>;
}

/** How the process is doing. */
export interface OperationsService {
  pools(): PoolUse[];
  /** Of every process over the database. */
  runsUnderWay(): Promise<RunsUnderWay[]>;
  /** Calls back for every run that ends in this process from now on. */
  onRunEnded(listener: (run: EndedRun) => void): void;
  /** How often the run engine of this process died and was started again. */
  engineRestarts(): number;
}
