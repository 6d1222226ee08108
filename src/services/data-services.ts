import type { Page, PageRequest, Slice } from "../db/page.js";
import type { Entity, FeatureService } from "../definitions/language/deployment.js";
import type { FeatureProfile } from "../features/feature-profiles.js";
import type { FeatureSelection } from "../features/feature-selection.js";
import type { RetentionReport, RetentionRequest } from "../features/snapshot-retention.js";
import type {
  EntityRecord,
  EntityRow,
  RevisionKey,
  Snapshot,
  SnapshotContent,
  SnapshotDiff,
  UserFeatures,
  ViewFreshness,
} from "../features/types.js";
import type { EventRetentionReport, EventRetentionRequest } from "../features/windows/event-retention.js";
import type { DriftPoint } from "../monitoring/drift-history.js";
import type { LivePoint } from "../monitoring/live-history.js";
import type { LiveMetrics, Window } from "../monitoring/live-metrics.js";
import type { AnsweredPrediction, LogFilter } from "../monitoring/logged-predictions.js";
import type { ShadowComparison } from "../monitoring/shadow-comparison.js";
import type { ModelVersion } from "../registry/model.js";
import type {
  ColdOutcome,
  ColdStartRequest,
  ColdStartsRequest,
  Prediction,
  PredictionExplanation,
  PredictionOutcome,
  PredictRequest,
} from "../serving/types.js";

export interface EntityService {
  find(entity: Entity, keys: readonly string[]): Promise<(EntityRecord | null)[]>;
  /** By key. @param prefix what keys begin with; absent: any */
  list(entity: Entity, page: PageRequest, prefix?: string | null): Promise<Slice<EntityRecord>>;
  count(entity: Entity, prefix?: string | null): Promise<number>;
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
  /** What each of these is made of. */
  contents(ids: readonly number[]): Promise<SnapshotContent[]>;
  list(page: PageRequest): Promise<Page<Snapshot>>;
  diff(from: string, to: string): Promise<SnapshotDiff>;
  /** Of the newest date that has the service's labels; null where none has. */
  newestLabelled(service: FeatureService): Promise<Snapshot | null>;
  /** Of the newest revision of the date. */
  profile(view: string, asOf: string): Promise<FeatureProfile[] | null>;
  /** Of each of these snapshots; null, too, where its rows were dropped before anybody asked. */
  profiles(ids: readonly number[], view: string): Promise<(FeatureProfile[] | null | Error)[]>;
  /** Of each of these snapshots how many events came after its windows were computed. */
  lateEvents(ids: readonly number[]): Promise<number[]>;
  applyRetention(request: RetentionRequest): Promise<RetentionReport>;
  applyEventRetention(request: EventRetentionRequest): Promise<EventRetentionReport>;
}

export interface PredictionService {
  predict(key: string, request: PredictRequest): Promise<Prediction>;
  predictMany(keys: readonly string[], request: PredictRequest): Promise<PredictionOutcome[]>;
  /** Of values that are given: about somebody without a row. */
  predictCold(request: ColdStartRequest): Promise<Prediction>;
  predictColdMany(request: ColdStartsRequest): Promise<ColdOutcome[]>;
  /** What each feature adds to it; null for a model that asof did not train. */
  explain(prediction: Prediction): Promise<PredictionExplanation | null>;
  /** The version serving now in this process, or null. */
  production(model: string): ModelVersion | null;
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
