import type { Config } from "./config.js";
import type { Page, PageRequest } from "./db/page.js";
import type { Deployment } from "./definitions/language/deployment.js";
import type { RetentionReport, RetentionRequest } from "./features/snapshot-retention.js";
import type {
  EntityRecord,
  EntityRow,
  Snapshot,
  SnapshotDiff,
  UserFeatures,
  ViewFreshness,
} from "./features/types.js";
import type { PushReport, PushRequest } from "./ingest/push-service.js";
import type { ExportRequest } from "./jobs/export-request.js";
import type { TrainRequest } from "./jobs/job-service.js";
import type { StoredArtifact } from "./registry/artifact-store.js";
import type { ModelVersion, PromoteRequest, RegisteredModel, StageTransition } from "./registry/model.js";
import type {
  Artifact,
  Metric,
  QuarantinedRow,
  Run,
  RunEvent,
  RunFilter,
  RunKind,
  RunOrder,
  RunStep,
} from "./registry/run.js";
import type { Prediction, PredictionOutcome, PredictRequest } from "./serving/types.js";

/** What resolvers and routes call: the whole service behind one object, composed in `app.ts`. */
export interface Services {
  config: Config;
  version: string;
  definitions: Deployment;
  entities: EntityService;
  features: FeatureService;
  pushes: PushService;
  snapshots: SnapshotService;
  runs: RunService;
  models: ModelService;
  artifacts: ArtifactService;
  predictor: PredictionService;
  jobs: JobService;
  health(): Promise<HealthReport>;
}

export interface HealthReport {
  database: "OK" | "DEGRADED" | "DOWN";
  onlineStore: "OK" | "DEGRADED" | "DOWN";
  uptimeSeconds: number;
}

export interface EntityService {
  find(userIds: readonly string[]): Promise<(EntityRecord | null)[]>;
  list(page: PageRequest): Promise<Page<EntityRecord>>;
}

export interface FeatureService {
  /** One answer per row, in the rows' order. */
  read(rows: readonly EntityRow[]): Promise<UserFeatures[]>;
  freshness(): Promise<Map<string, ViewFreshness>>;
  /** Share of requested values found PRESENT since the process started; null before the first. */
  hitRate(): number | null;
}

export interface PushService {
  /** Serves fresh values of one view and keeps them for the next snapshot: all rows or none. */
  push(request: PushRequest): Promise<PushReport>;
}

export interface SnapshotService {
  findByIds(ids: readonly number[]): Promise<(Snapshot | null)[]>;
  find(asOf: string, revision?: number | null): Promise<Snapshot | null>;
  list(page: PageRequest): Promise<Page<Snapshot>>;
  diff(from: string, to: string): Promise<SnapshotDiff>;
  applyRetention(request: RetentionRequest): Promise<RetentionReport>;
}

export interface RunService {
  findByIds(ids: readonly string[]): Promise<(Run | null)[]>;
  list(filter: RunFilter, order: RunOrder, page: PageRequest): Promise<Page<Run>>;
  steps(runIds: readonly string[]): Promise<RunStep[][]>;
  metrics(runIds: readonly string[]): Promise<Metric[][]>;
  artifacts(runIds: readonly string[]): Promise<Artifact[][]>;
  events(runId: string | null, after: string | null, first: number): Promise<RunEvent[]>;
  /** Replays what came after the cursor, then goes on live until the consumer returns. */
  follow(runId: string | null, after: string | null): AsyncIterableIterator<RunEvent>;
  lastSucceeded(kinds: RunKind[]): Promise<Run | null>;
  /** The rows its publication kept out, of one source or all. */
  quarantined(runId: string, source: string | null, page: PageRequest): Promise<Page<QuarantinedRow>>;
}

export interface ModelService {
  listModels(): Promise<RegisteredModel[]>;
  findModel(name: string): Promise<RegisteredModel | null>;
  versions(model: string): Promise<ModelVersion[]>;
  findVersion(model: string, version: number): Promise<ModelVersion | null>;
  findVersionsByRun(runIds: readonly string[]): Promise<(ModelVersion | null)[]>;
  transitions(model: string, version: number | null, first: number): Promise<StageTransition[]>;
  promote(request: PromoteRequest): Promise<ModelVersion>;
  rollback(model: string, reason: string, actor: string): Promise<ModelVersion>;
  followTransitions(model: string | null): AsyncIterableIterator<StageTransition>;
}

export interface ArtifactService {
  /** To be read from any byte on; null where no artifact has this SHA-256. */
  open(sha256: string): Promise<StoredArtifact | null>;
}

export interface PredictionService {
  predict(userId: string, request: PredictRequest): Promise<Prediction>;
  predictMany(userIds: readonly string[], request: PredictRequest): Promise<PredictionOutcome[]>;
  /** The version serving now in this process, or null. */
  production(model: string): ModelVersion | null;
}

/** Starts runs; each call returns as soon as the run is durably queued. */
export interface JobService {
  ingest(input: { source: string; asOf: string }, actor: string): Promise<Run>;
  materialize(input: { asOf: string | null }, actor: string): Promise<Run>;
  verifyParity(actor: string): Promise<Run>;
  train(input: TrainRequest, actor: string): Promise<Run>;
  exportTrainingSet(input: ExportRequest, actor: string): Promise<Run>;
  cancel(runId: string, actor: string): Promise<Run>;
  retry(runId: string, actor: string): Promise<Run>;
}
