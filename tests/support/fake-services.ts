import type { AlertDelivery } from "../../src/alerts/delivery-store.js";
import type { StoredAlertRule } from "../../src/alerts/rule-store.js";
import type { ColumnValue } from "../../src/definitions/language/column.js";
import { type Deployment, featuresOf } from "../../src/definitions/language/deployment.js";
import { defaultEntityOf } from "../../src/definitions/language/entities.js";
import type { EntityRow, Snapshot, UserFeatures } from "../../src/features/types.js";
import type { EventSourceRetention } from "../../src/features/windows/event-retention.js";
import type { Schedule } from "../../src/jobs/schedules/schedules.js";
import type { Canary } from "../../src/registry/canaries.js";
import type { Experiment } from "../../src/registry/experiment.js";
import type { ModelVersion, StageTransition } from "../../src/registry/model.js";
import type { Run, RunEvent } from "../../src/registry/run.js";
import type { Services } from "../../src/services/services.js";
import type { Prediction } from "../../src/serving/types.js";
import type { CanaryArm } from "../../src/values/canary.js";
import { testConfig } from "./config.js";
import { testing } from "./deployment/testing.js";

/** What no test of the protocols alone asks for: whoever does is told. */
const nothingOf = <Service extends object>(name: string): Service =>
  new Proxy({} as Service, {
    get: (_, method) => async () => {
      throw new Error(`${name}.${String(method)} is not answered here`);
    },
  });

/**
 * Services that answer from literals, for tests of the protocols alone: what the real ones compute is
 * tested against PostgreSQL elsewhere. A test replaces the parts it is about.
 */
export function fakeServices(parts: Partial<Services> = {}, definitions: Deployment = testing): Services {
  const page = <T>(nodes: T[]) => ({
    nodes,
    hasNextPage: false,
    hasPreviousPage: false,
    cursorAt: String,
    totalCount: nodes.length,
  });
  const services: Services = {
    erasures: {
      lift: async (_key, { actor, reason }) => ({ at: new Date(0), actor, reason, erasures: 1 }),
      reach: async () => ({
        ...{ keptOut: false, belonging: [], places: [], artifacts: [] },
        ...{ versions: [], underWay: [], outside: [], snapshotIds: [] },
      }),
    },
    config: testConfig(),
    version: "0.0.0-test",
    auth: {
      open: true,
      authenticate: (_authorization, actor) => ({
        actor,
        role: "admin",
        modelRoles: {},
        protocolRoles: {},
        seesPersonal: true,
        kind: "open",
        id: "open",
        expiresAt: null,
      }),
      watch: () => () => {},
    },
    rateBuckets: null,
    audit: { append: async () => "1", refuse: async () => {}, find: async () => page([]) },
    tokens: {
      create: async () => {
        throw new Error("no token is made here");
      },
      list: async () => [],
      revoke: async () => {
        throw new Error("no token is revoked here");
      },
      signIn: async () => {
        throw new Error("nobody signs in here");
      },
      sessionOf: async () => null,
      signOut: async () => {},
    },
    oidc: null,
    definitions,
    masked: null,
    historical: {
      answer: async (_format, _bytes, { format }) => ({
        format,
        write: (write) => write(Buffer.from("rows")),
      }),
      begin: async () => fakeRun,
    },
    operations: {
      pools: () => [{ pool: "requests", total: 3, idle: 2, waiting: 1 }],
      runsUnderWay: async () => [],
      onRunEnded: () => {},
      engineRestarts: () => 0,
      reads: () => null,
    },
    lineage: null,
    problems: async () => [],
    health: async () => ({ database: "OK", onlineStore: "OK", uptimeSeconds: 1 }),
    entities: {
      find: async (_, keys) => keys.map((id) => (id.startsWith("u") ? { user_id: id } : null)),
      list: async (_, { first }) => page(userIds.slice(0, first).map((id) => ({ user_id: id }))),
      count: async () => userIds.length,
    },
    features: {
      read: async (rows) => rows.map((row) => fakeFeatures(row, definitions)),
      freshness: async () => new Map(),
      hitRate: () => 0.5,
      onOnlineRead: () => {},
    },
    pushes: { push: async ({ view }) => ({ view, outcomes: [], warnings: [] }) },
    deliveries: {
      list: async () => page([fakeDelivery]),
      count: async () => 1,
      lastScan: async () => ({ scannedAt: fakeDelivery.scannedAt, problem: null }),
      requestScan: async () => new Date(0),
    },
    snapshots: {
      newestLabelled: async () => null,
      findByIds: async (ids) => ids.map((id) => ({ ...fakeSnapshot, id })),
      findRevisions: async (keys) => keys.map((key) => ({ ...fakeSnapshot, ...key })),
      find: async (asOf, revision) => ({ ...fakeSnapshot, asOf, revision: revision ?? 1 }),
      contents: async (ids) => ids.map(() => ({ parts: [], labelled: [] })),
      list: async () => page([fakeSnapshot]),
      diff: async () => ({ from: fakeSnapshot, to: fakeSnapshot, identical: true, views: [] }),
      profile: async () => null,
      profiles: async (ids) => ids.map(() => null),
      lateEvents: async (ids) => ids.map(() => 0),
      applyRetention: async ({ dryRun }) => ({ dryRun, limit: null, dates: [] }),
      applyEventRetention: async ({ dryRun }) => ({ dryRun, events: 1, bytes: 8192, sources: [fakeEvents] }),
    },
    runs: {
      findByIds: async (ids) => ids.map((id) => ({ ...fakeRun, id })),
      list: async () => page([fakeRun]),
      count: async () => ({ count: 1, exact: true }),
      steps: async (ids) => ids.map(() => []),
      metrics: async (ids) => ids.map(() => []),
      latestMetrics: async (ids) => ids.map(() => []),
      metricHistory: async (ids) => ids.map(() => []),
      children: async (ids) => ids.map(() => []),
      artifacts: async (ids) => ids.map(() => []),
      inputs: async (ids) => ids.map(() => []),
      pagePoints: async () => ({ points: [], next: null }),
      search: async () => ({ found: [fakeRun], next: null }),
      events: async (ids) => ids.map(() => []),
      follow: () => endless<RunEvent>().iterator,
      lastSucceeded: async () => fakeRun,
      lastIngests: async (sources) => sources.map(() => fakeRun),
      quarantined: async (ids) => ids.map(() => page([])),
      countQuarantined: async (ids) => ids.map(() => 0),
    },
    models: {
      listModels: async () => [{ name: "churn", description: null, tags: {} }],
      findModels: async (names) => names.map((name) => ({ name, description: null, tags: {} })),
      versions: async (names) => names.map(() => [fakeVersion]),
      servingVersions: async (names) => names.map(() => [fakeVersion]),
      findVersion: async (_model, version) => ({ ...fakeVersion, version }),
      findVersions: async (keys) => keys.map(({ version }) => ({ ...fakeVersion, version })),
      findVersionsByRun: async (ids) => ids.map(() => fakeVersion),
      transitions: async (keys) => keys.map(() => []),
      promote: async ({ version, stage }) => ({ ...fakeVersion, version, stage }),
      promotionCheck: async () => ({
        passed: true,
        gates: [],
        forcible: true,
        replaces: fakeVersion,
        heldOut: null,
      }),
      compareVersions: async () => ({
        asOf: "2024-01-31",
        labelAsOf: "2024-01-31",
        rows: 10,
        positives: 5,
        candidate: { auc: 0.7 },
        production: { auc: 0.6 },
        difference: {
          ...{ metric: "auc", observed: 0.1, lower: 0, upper: 0.2 },
          ...{ confidence: 0.95, resamples: 1000, seed: 1 },
        },
      }),
      rollback: async () => fakeVersion,
      followTransitions: () => endless<StageTransition>().iterator,
      evaluations: async (versions) => versions.map(() => null),
      servability: async () => ({ servable: true }),
    },
    catalogue: {
      aliases: async (names) => names.map(() => []),
      findByAliases: async (keys) => keys.map(() => fakeVersion),
      requireByAlias: async () => fakeVersion,
      setAlias: async () => fakeVersion,
      removeAlias: async () => fakeVersion,
      annotate: async ({ model }) => ({ name: model, description: null, tags: {} }),
      deleteVersion: async (model) => ({ name: model, description: null, tags: {} }),
      changes: async (names) => names.map(() => []),
    },
    experiments: {
      changes: async (ids) => ids.map(() => []),
      list: async () => page([fakeExperiment]),
      count: async () => 1,
      create: async () => fakeExperiment,
      require: async () => fakeExperiment,
      findByIds: async (ids) => ids.map((id) => ({ ...fakeExperiment, id })),
      findByName: async () => fakeExperiment,
      search: async () => ({ found: [fakeExperiment], next: null }),
      change: async () => {},
      delete: async () => {},
      restore: async () => {},
    },
    trackedRuns: {
      begin: async () => fakeRun,
      setState: async () => fakeRun,
      logBatch: async () => {},
      logInputs: async () => {},
      setDeleted: async () => {},
    },
    tracking: {
      create: async (run, actor) => ({ ...fakeRun, kind: "EXTERNAL", actor, params: run.params }),
      logMetrics: async (id) => ({ ...fakeRun, id }),
      logParams: async (id) => ({ ...fakeRun, id }),
      logArtifact: async (_id, { name, mediaType, bytes }) => ({
        name,
        mediaType,
        bytes: bytes.byteLength,
        sha256: "c".repeat(64),
      }),
      finish: async (id, status) => ({ ...fakeRun, id, status }),
      register: async () => fakeVersion,
      heldOut: async () => [],
      annotate: async (id) => ({ ...fakeRun, id }),
      delete: async (id) => ({ id, events: 0, metrics: 0, artifacts: 0, bytesFreed: 0 }),
      applyRetention: async ({ dryRun }) => ({
        ...{ dryRun, before: new Date(0), runIds: [fakeRun.id], artifacts: 0, bytesFreed: 0 },
        kept: [{ reason: "a snapshot is its", runs: 1 }],
        more: false,
      }),
    },
    archives: {
      pace: { silenceMs: 15_000, wholeMs: 600_000 },
      export: (_model, _version, use) => use([{ name: "manifest.json", bytes: Buffer.from("{}") }]),
      import: async () => ({ version: fakeVersion, isNew: true, archive: "c".repeat(64), signedBy: null }),
    },
    canaries: {
      start: async (asked, actor) => ({ ...fakeCanary, ...asked, startedBy: actor }),
      end: async (_model, { reason }, actor) => ({
        ...fakeCanary,
        ...{ endedAt: new Date(0), endedBy: actor, outcome: "ENDED", reason },
      }),
      list: async () => [fakeCanary],
      report: async () => ({
        ...{ champion: armReport("CHAMPION", 3), challenger: armReport("CHALLENGER", 4) },
        ...{ fallbacks: 0, compared: 0, agreement: null, meanShift: null },
      }),
    },
    artifacts: { open: async () => null, holders: async () => [] },
    loggedModels: nothingOf<Services["loggedModels"]>("loggedModels"),
    keptModels: nothingOf<Services["keptModels"]>("keptModels"),
    modelSearch: nothingOf<Services["modelSearch"]>("modelSearch"),
    files: {
      list: async () => [],
      files: async () => [],
      open: async () => null,
      save: async (_owner, path, mediaType) => ({ path, mediaType, bytes: 0, sha256: "" }),
      remove: async () => 0,
    },
    predictor: {
      predict: async (key) => fakePrediction(key),
      predictCold: async () => ({ ...fakePrediction("cold"), key: null }),
      predictColdMany: async ({ rows }) =>
        rows.map(() => ({ prediction: { ...fakePrediction("cold"), key: null }, error: null })),
      predictMany: async (ids) => ids.map((key) => ({ key, prediction: fakePrediction(key), error: null })),
      explain: async () => null,
      production: () => fakeVersion,
    },
    jobs: {
      start: async (kind, request, actor) => ({ ...fakeRun, kind, actor, params: request }),
      cancel: async (id) => ({ ...fakeRun, id, status: "CANCELLED" }),
      retry: async (id) => ({ ...fakeRun, id }),
    },
    monitoring: {
      predictions: async () => page([]),
      live: async () => Promise.reject(new Error("not asked for in these tests")),
      shadow: async () => Promise.reject(new Error("not asked for in these tests")),
      liveHistory: async () => [],
      driftHistory: async () => null,
    },
    alerts: {
      rules: async () => [fakeAlertRule],
      set: async ({ name }, actor) => ({ ...fakeAlertRule, name, actor }),
      delete: async (name) => ({ ...fakeAlertRule, name }),
      test: async (rule) => ({ ...fakeAlertDelivery, rule }),
      deliveries: async () => [fakeAlertDelivery],
      delivery: async () => fakeAlertDelivery,
      retry: async (id) => ({ ...fakeAlertDelivery, id }),
      counts: async () => [],
    },
    schedules: {
      set: async (schedule, actor) => ({ ...fakeSchedule, ...schedule, actor }),
      list: async () => [fakeSchedule],
      pause: async (name) => ({ ...fakeSchedule, name, paused: true, nextAt: null }),
      resume: async (name) => ({ ...fakeSchedule, name }),
      delete: async (name) => ({ ...fakeSchedule, name }),
      runNow: async (_name, actor) => ({ ...fakeRun, actor }),
      firings: async () => [],
    },
  };
  return { ...services, ...parts };
}

const userIds = Array.from({ length: 40 }, (_, index) => `u${index}`);

const fakeEvents: EventSourceRetention = {
  ...{ source: "orders", keepDays: 400, limit: "2024-01-01", eventsFrom: null },
  months: [
    { month: "2023-12-01", outcome: "WOULD_DROP", reason: "before the limit", events: 1, bytes: 8192 },
  ],
  frozen: [{ asOf: "2024-01-31", lateEvents: 0 }],
};

export const fakeRun: Run = {
  id: "00000000-0000-4000-8000-000000000001",
  kind: "INGEST",
  status: "SUCCEEDED",
  params: { asOf: "2024-01-31" },
  actor: "anonymous",
  createdAt: new Date("2024-02-01T00:00:00.000Z"),
  startedAt: null,
  finishedAt: null,
  durationMs: null,
  attempt: 1,
  error: null,
  environment: {},
  gitCommit: null,
  requestId: null,
  result: null,
  validation: { success: true, expectations: [] },
  snapshotId: 1,
  name: null,
  tags: {},
  note: null,
  parentRunId: null,
  experimentId: 1,
  deletedAt: null,
};

const fakeExperiment: Experiment = {
  id: 1,
  name: "asof",
  tags: {},
  actor: "asof",
  createdAt: new Date(0),
  updatedAt: new Date(0),
  deletedAt: null,
};

const fakeDelivery = {
  name: "january",
  files: [{ source: "users", name: "users.csv", bytes: 12 }],
  bytes: 12,
  modifiedAt: new Date(0),
  scannedAt: new Date(0),
};

export const fakeSnapshot: Snapshot = {
  id: 1,
  asOf: "2024-01-31",
  revision: 1,
  createdAt: new Date("2024-02-01T00:00:00.000Z"),
  contentSha256: "a".repeat(64),
  views: [],
  rowCount: 0,
  runId: fakeRun.id,
  sources: [],
  rowsAvailable: true,
  hashVersion: 2,
  state: "PUBLISHED",
  withdrawal: null,
};

const armReport = (arm: CanaryArm, version: number) => ({
  ...{ arm, version, predictions: 0, keys: 0, meanAnswer: null, live: null },
});
const fakeCanary: Canary = {
  ...{ id: 1, model: "churn", version: 4, champion: 3, share: 0.1, stopRule: { minRows: 200 } },
  ...{
    startedAt: new Date(0),
    startedBy: "tester",
    endedAt: null,
    endedBy: null,
    outcome: null,
    reason: null,
  },
};

export const fakeVersion: ModelVersion = {
  id: "1",
  model: "churn",
  version: 3,
  stage: "PRODUCTION",
  createdAt: new Date("2024-02-01T00:00:00.000Z"),
  algorithm: "GRADIENT_BOOSTING",
  sha256: "b".repeat(64),
  bytes: 1,
  status: "READY",
  statusMessage: null,
  runId: fakeRun.id,
  judgedBy: fakeRun.id,
  source: null,
  trainedOn: null,
  trainedSnapshots: [],
  importedFrom: null,
  snapshotId: 1,
  labelSnapshotId: 1,
  signature: { inputs: [{ name: "x", type: "float", shape: [null, 2] }], outputs: [], features: [] },
  threshold: 0.5,
  description: null,
  tags: {},
};

/** Ids that begin with "u" are known: every number is 1, every truth true. */
export function fakeFeatures({ key, asOf }: EntityRow, definitions: Deployment = testing): UserFeatures {
  const known = key.startsWith("u");
  const features = featuresOf(definitions.views);
  const sample: Record<string, ColumnValue> = {
    int: 1,
    float: 1.5,
    bool: true,
    string: "text",
    date: "2024-01-31",
  };
  return {
    entity: defaultEntityOf(definitions),
    key,
    asOf: asOf ?? null,
    values: Object.fromEntries(
      features.map(({ name, column }) => [name, known ? sample[column.type]! : null]),
    ),
    statuses: features.map(({ name, view }) => ({
      name,
      view: view.name,
      status: known ? "PRESENT" : "NOT_FOUND",
      eventTime: known ? "2024-01-31" : null,
      ageSeconds: null,
      ttlSeconds: null,
    })),
  };
}

export function fakePrediction(key: string): Prediction {
  return {
    key,
    prediction: 1,
    probability: 0.75,
    threshold: 0.5,
    value: null,
    class: null,
    classes: null,
    answer: [0.75],
    modelVersion: fakeVersion,
    features: fakeFeatures({ key }),
    request: null,
  };
}

export function fakeEvent(id: number): RunEvent {
  return {
    id: String(id),
    runId: fakeRun.id,
    kind: "INGEST",
    at: new Date("2024-02-01T00:00:00.000Z"),
    type: "LOG",
    status: "RUNNING",
    step: null,
    message: `event ${id}`,
    progress: null,
    data: null,
  };
}

/** A stream that gives what is pushed and ends only when its consumer returns. */
export function endless<T>() {
  const waiting: ((result: IteratorResult<T>) => void)[] = [];
  const pushed: T[] = [];
  let returned: () => void;
  const whenReturned = new Promise<void>((resolve) => {
    returned = resolve;
  });
  const iterator: AsyncIterableIterator<T> = {
    [Symbol.asyncIterator]: () => iterator,
    next: () =>
      pushed.length > 0
        ? Promise.resolve({ done: false, value: pushed.shift()! })
        : new Promise((resolve) => waiting.push(resolve)),
    return: async () => {
      returned();
      for (const resolve of waiting) resolve({ done: true, value: undefined });
      return { done: true, value: undefined };
    },
  };
  const push = (value: T): void => {
    const resolve = waiting.shift();
    if (resolve) resolve({ done: false, value });
    else pushed.push(value);
  };
  return { iterator, push, whenReturned };
}

const fakeAlertRule: StoredAlertRule = {
  name: "on-call",
  triggers: { RUN_FAILED: {} },
  channel: "WEBHOOK",
  options: { url: "https://hooks.example/alerts", secret: "ALERT_SECRET", format: "ASOF" },
  declared: false,
  actor: "tester",
  changedAt: new Date(0),
  afterEvent: "0",
  afterMove: "0",
  afterCanary: "0",
};

const fakeAlertDelivery: AlertDelivery = {
  id: "00000000-0000-4000-8000-00000000000a",
  rule: "on-call",
  event: "RUN_FAILED",
  channel: "WEBHOOK",
  message: {
    type: "RUN_FAILED",
    phase: "HAPPENED",
    timestamp: new Date(0).toISOString(),
    deployment: "testing",
    rule: "on-call",
    subject: "run 1",
    summary: "a run of INGEST failed: VALIDATION_FAILED",
    page: "/runs/1",
    data: {},
  },
  state: "DEAD",
  attempts: 15,
  createdAt: new Date(0),
  nextAt: null,
  deliveredAt: null,
  lastError: "it answers 500",
};

const fakeSchedule: Schedule = {
  name: "monthly",
  cron: "0 3 1 * *",
  timezone: "UTC",
  catchUp: false,
  kind: "VERIFY_PARITY",
  params: {},
  paused: false,
  actor: "tester",
  lastFiredAt: null,
  nextAt: new Date("2024-03-01T03:00:00Z"),
};
