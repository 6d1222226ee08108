import type { Alerts } from "../alerts/alerts.js";
import type { Audit } from "../audit/audited.js";
import type { AuditedAct, AuditFilter } from "../audit/find-entries.js";
import type { Identity } from "../auth/identity.js";
import type { OidcProvider } from "../auth/oidc.js";
import type { RateBuckets } from "../auth/rate-buckets.js";
import type { TokenStore } from "../auth/token-store.js";
import type { PageRequest, Slice } from "../db/page.js";
import type { Deployment } from "../definitions/language/deployment.js";
import type { PersonalColumns } from "../definitions/language/personal.js";
import type { ErasureStore, Subject } from "../features/erasure/erasure-store.js";
import type { DeliveryStore } from "../ingest/deliveries/delivery-store.js";
import type { PushService } from "../ingest/push-service.js";
import type { ErasureReach } from "../jobs/erase/erasure-reach.js";
import type { JobService } from "../jobs/job-service.js";
import type { EndedRun, PoolUse, RunsUnderWay } from "../jobs/operations.js";
import type { LineageBacklog } from "../lineage/lineage-outbox.js";
import type { Problem } from "../serving/model-problems.js";
import type {
  EntityService,
  FeatureReader,
  MonitoringService,
  PredictionService,
  SnapshotService,
} from "./data-services.js";
import type { GraphQLLimits } from "./graphql-limits.js";
import type { Historical } from "./historical.js";
import type {
  ArchiveService,
  ArtifactService,
  CanaryService,
  CatalogueService,
  FileService,
  KeptModelService,
  LoggedModelService,
  ModelSearchService,
  ModelService,
} from "./model-services.js";
import type {
  ExperimentService,
  RunService,
  ScheduleService,
  TrackedRunService,
  TrackingService,
} from "./run-services.js";
import type { SocketLimits } from "./socket-limits.js";

/** What resolvers and routes call: the whole service behind one object, composed in `process/compose.ts`. */
export interface Services {
  config: ServiceConfig;
  version: string;
  definitions: Deployment;
  /** What the answers to its caller leave out; null: nothing. `servicesFor` says what a caller gets. */
  masked: PersonalColumns | null;
  entities: EntityService;
  features: FeatureReader;
  pushes: Pick<PushService, "push">;
  erasures: Pick<ErasureStore, "lift"> & { reach(subject: Subject): Promise<ErasureReach> };
  deliveries: Pick<DeliveryStore, "list" | "count" | "lastScan" | "requestScan">;
  snapshots: SnapshotService;
  runs: RunService;
  models: ModelService;
  catalogue: CatalogueService;
  archives: ArchiveService;
  artifacts: ArtifactService;
  loggedModels: LoggedModelService;
  keptModels: KeptModelService;
  modelSearch: ModelSearchService;
  files: FileService;
  tracking: TrackingService;
  experiments: ExperimentService;
  trackedRuns: TrackedRunService;
  canaries: CanaryService;
  predictor: PredictionService;
  historical: Pick<Historical, "answer" | "begin">;
  jobs: Pick<JobService, "start" | "cancel" | "retry">;
  schedules: ScheduleService;
  monitoring: MonitoringService;
  operations: OperationsService;
  /** What waits for the receiver of lineage; null: none is named. */
  lineage: { backlog(): Promise<LineageBacklog> } | null;
  alerts: Pick<Alerts, "rules" | "set" | "delete" | "test" | "deliveries" | "delivery" | "retry" | "counts">;
  auth: AuthService;
  tokens: TokenService;
  /** Where people sign in; null: nowhere, and a token is what they have. */
  oidc: Pick<OidcProvider, "config" | "begin" | "finish"> | null;
  /** Who did what. */
  audit: AuditService;
  /** What each caller may still ask of all processes together; null: any number, or of each process by itself. */
  rateBuckets: Pick<RateBuckets, "take" | "perSecond"> | null;
  health(): Promise<HealthReport>;
  /** Problems other than an unreachable store; any of them makes the status DEGRADED. */
  problems(): Promise<Problem[]>;
}

/**
 * What is the same for all callers. Whatever answers with data is a request's own, as its caller has it: `request.services` of a
 * route, `services` of a resolver's context.
 */
export type CommonServices = Pick<
  Services,
  "config" | "version" | "definitions" | "auth" | "operations" | "health" | "problems"
>;

/** What resolvers and routes read of the configuration. */
export interface ServiceConfig {
  logLevel: string;
  basePath: string;
  /** Proxies that are believed where a request comes from. */
  trustProxy: readonly string[];
  graphqlLimits: GraphQLLimits;
  socketLimits: SocketLimits;
  requestTimeoutMs: number;
  /** Of one file of a run. */
  maxFileBytes: number;
  keepAliveMs: number;
  rateLimitPerSecond: number;
  metricsPublic: boolean;
  /** How long series of `/metrics` that are read from the database are kept. */
  metricsCacheMs: number;
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

/** API tokens, and the sessions of people who signed in. */
export type TokenService = Pick<
  TokenStore,
  "create" | "list" | "revoke" | "signIn" | "sessionOf" | "signOut"
>;

/** Who did, or was refused, what. */
export interface AuditService extends Audit {
  /** The newest first. */
  find(filter: AuditFilter, page: PageRequest): Promise<Slice<AuditedAct>>;
}

/** How the process is doing. */
export interface OperationsService {
  pools(): PoolUse[];
  /** Of every process over the database. */
  runsUnderWay(): Promise<RunsUnderWay[]>;
  /** Calls back for every run that ends in this process from now on. */
  onRunEnded(listener: (run: EndedRun) => void): void;
  /** Reads that could go to a standby, by where they went; null: there is none. */
  reads(): { replica: number; primary: number } | null;
  /** How often the run engine of this process died and was started again. */
  engineRestarts(): number;
}
