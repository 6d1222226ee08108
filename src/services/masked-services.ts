import type { Identity } from "../auth/identity.js";
import { seesPersonal } from "../auth/personal-access.js";
import { type PersonalColumns, personalColumns } from "../definitions/language/personal.js";
import type { Run, RunEvent } from "../registry/run.js";
import type { Prediction } from "../serving/types.js";
import type { PredictionService } from "./data-services.js";
import { maskedArchives, maskedArtifacts, maskedFiles } from "./mask-artifacts.js";
import { eventsMayQuote, maskEvent, maskQuarantined, maskRun } from "./mask-runs.js";
import { maskByFeature, maskDiff, maskFeatures, maskLogged, maskProfile, maskRecord } from "./mask-values.js";
import { type Personal, PersonalReads } from "./personal-reads.js";
import type { RunService } from "./run-services.js";
import type { Services } from "./services.js";

const known = new WeakMap<Services, Services>();
const prototypes = new WeakMap<Services, object>();

/**
 * The services as a caller has them: whoever may not see personal values never gets one, whatever resolver, route or protocol asks.
 * Made once for all of them; of who may, each request has its own where it is put down what they see.
 */
export function servicesFor(
  services: Services,
  identity: Pick<Identity, "role" | "kind" | "seesPersonal">,
  reads: PersonalReads | null = null,
): Services {
  const personal = personalColumns(services.definitions);
  if (!personal.any) return services;
  if (seesPersonal(identity)) return reads ? watched(services, reads) : services;
  let masked = known.get(services);
  if (!masked) {
    masked = maskServices(services, personal);
    known.set(services, masked);
  }
  return masked;
}

/** Of a request whose caller sees personal values. On an open server nobody is known by whom they could be seen. */
export function readsOf(
  { definitions }: Pick<Services, "definitions">,
  identity: Pick<Identity, "role" | "kind" | "seesPersonal">,
): PersonalReads | null {
  const personal = personalColumns(definitions);
  if (!personal.any || identity.kind === "open" || !seesPersonal(identity)) return null;
  return new PersonalReads(personal);
}

/** Each service when it is first asked for: a request needs few. */
function watched(services: Services, reads: PersonalReads): Services {
  let prototype = prototypes.get(services);
  if (!prototype) {
    prototype = {};
    for (const name of Object.keys(MASKS) as (keyof Services)[]) {
      const get = function (this: { reads: PersonalReads }) {
        const value = MASKS[name](services, this.reads);
        Object.defineProperty(this, name, { value });
        return value;
      };
      Object.defineProperty(prototype, name, { get });
    }
    prototypes.set(services, prototype);
  }
  return Object.assign(Object.create(prototype), { reads });
}

/** What the services below leave out. */
const hiddenBy = (personal: Personal): PersonalColumns | null =>
  personal instanceof PersonalReads ? null : personal;

/** How each service answers who may not see personal values: one that is added does not compile without. */
type Masks = { [Name in keyof Services]: (services: Services, personal: Personal) => Services[Name] };

/** It answers with no value of a column. */
const same =
  <Name extends keyof Services>(name: Name) =>
  (services: Services): Services[Name] =>
    services[name];

/** Each hands on all that it is given: an argument that it does not name is as good as one that it does. */
const MASKS: Masks = {
  config: same("config"),
  version: same("version"),
  definitions: same("definitions"),
  masked: (_, personal) => hiddenBy(personal),
  entities: ({ entities, definitions }, personal) => ({
    find: async (entity, ...of) =>
      (await entities.find(entity, ...of)).map((row) => maskRecord(personal, definitions, entity, row)),
    list: async (entity, ...of) => {
      const slice = await entities.list(entity, ...of);
      const nodes = slice.nodes.map((row) => maskRecord(personal, definitions, entity, row));
      return { ...slice, nodes };
    },
    count: (...of) => entities.count(...of),
  }),
  features: ({ features }, personal) => ({
    read: async (...of) => (await features.read(...of)).map((answer) => maskFeatures(personal, answer)),
    freshness: (...of) => features.freshness(...of),
    hitRate: (...of) => features.hitRate(...of),
    onOnlineRead: (...of) => features.onOnlineRead(...of),
  }),
  // Whatever a push finds wrong with a personal value it quotes for nobody.
  pushes: same("pushes"),
  erasures: same("erasures"),
  deliveries: same("deliveries"),
  snapshots: ({ snapshots }, personal) => ({
    findByIds: (...of) => snapshots.findByIds(...of),
    find: (...of) => snapshots.find(...of),
    findRevisions: (...of) => snapshots.findRevisions(...of),
    newestLabelled: (...of) => snapshots.newestLabelled(...of),
    contents: (...of) => snapshots.contents(...of),
    list: (...of) => snapshots.list(...of),
    diff: async (...of) => maskDiff(personal, await snapshots.diff(...of)),
    profile: async (...of) => {
      const profiles = await snapshots.profile(...of);
      return profiles?.map((profile) => maskProfile(personal, profile)) ?? null;
    },
    profiles: async (...of) =>
      (await snapshots.profiles(...of)).map((each) =>
        Array.isArray(each) ? each.map((profile) => maskProfile(personal, profile)) : each,
      ),
    lateEvents: (...of) => snapshots.lateEvents(...of),
    applyRetention: (...of) => snapshots.applyRetention(...of),
    applyEventRetention: (...of) => snapshots.applyEventRetention(...of),
  }),
  runs: ({ runs, definitions }, personal) => maskedRuns(runs, definitions, personal),
  // Gates say nothing of personal groups, and evaluations are of rows together.
  models: same("models"),
  catalogue: same("catalogue"),
  // Its reports are of rows together.
  canaries: same("canaries"),
  archives: ({ archives, definitions }, personal) => maskedArchives(archives, definitions, personal),
  artifacts: ({ artifacts, definitions }, personal) => maskedArtifacts(artifacts, definitions, personal),
  files: (services, personal) => maskedFiles(services, personal),
  // What clients say of their models, and no value of a column.
  loggedModels: same("loggedModels"),
  keptModels: same("keptModels"),
  modelSearch: same("modelSearch"),
  experiments: same("experiments"),
  trackedRuns: ({ trackedRuns }, personal) => ({
    begin: async (...of) => maskRun(personal, await trackedRuns.begin(...of)),
    logBatch: (...of) => trackedRuns.logBatch(...of),
    setState: async (...of) => maskRun(personal, await trackedRuns.setState(...of)),
    setDeleted: (...of) => trackedRuns.setDeleted(...of),
    logInputs: (...of) => trackedRuns.logInputs(...of),
  }),
  tracking: ({ tracking }, personal) => ({
    create: async (...of) => maskRun(personal, await tracking.create(...of)),
    logMetrics: async (...of) => maskRun(personal, await tracking.logMetrics(...of)),
    logParams: async (...of) => maskRun(personal, await tracking.logParams(...of)),
    logArtifact: (...of) => tracking.logArtifact(...of),
    finish: async (...of) => maskRun(personal, await tracking.finish(...of)),
    register: (...of) => tracking.register(...of),
    heldOut: (...of) => tracking.heldOut(...of),
    annotate: async (...of) => maskRun(personal, await tracking.annotate(...of)),
    delete: (...of) => tracking.delete(...of),
    applyRetention: (...of) => tracking.applyRetention(...of),
  }),
  predictor: ({ predictor }, personal) => maskedPredictor(predictor, personal),
  historical: ({ historical }, personal) => ({
    answer: (format, bytes, options) => {
      // Nobody can tell by its bytes which features a file has: all that it was asked for.
      if (personal instanceof PersonalReads)
        for (const name of options.features ?? personal.all()) personal.hasFeature(name);
      return historical.answer(format, bytes, options, hiddenBy(personal));
    },
    begin: async (format, chunks, options, actor) =>
      maskRun(personal, await historical.begin(format, chunks, options, actor, hiddenBy(personal))),
  }),
  jobs: ({ jobs }, personal) => ({
    start: async (kind, request, actor, place) =>
      maskRun(personal, await jobs.start(kind, request, actor, place, hiddenBy(personal))),
    cancel: async (...of) => maskRun(personal, await jobs.cancel(...of)),
    retry: async (...of) => maskRun(personal, await jobs.retry(...of)),
  }),
  schedules: ({ schedules }, personal) => ({
    set: (...of) => schedules.set(...of),
    list: (...of) => schedules.list(...of),
    pause: (...of) => schedules.pause(...of),
    resume: (...of) => schedules.resume(...of),
    delete: (...of) => schedules.delete(...of),
    runNow: async (...of) => maskRun(personal, await schedules.runNow(...of)),
    firings: (...of) => schedules.firings(...of),
  }),
  monitoring: ({ monitoring }, personal) => ({
    predictions: async (...of) => {
      const slice = await monitoring.predictions(...of);
      return { ...slice, nodes: slice.nodes.map((logged) => maskLogged(personal, logged)) };
    },
    live: (...of) => monitoring.live(...of),
    liveHistory: (...of) => monitoring.liveHistory(...of),
    shadow: (...of) => monitoring.shadow(...of),
    driftHistory: (...of) => monitoring.driftHistory(...of),
  }),
  operations: same("operations"),
  lineage: same("lineage"),
  // Messages name runs, columns and models, and no value.
  alerts: same("alerts"),
  auth: same("auth"),
  audit: same("audit"),
  tokens: same("tokens"),
  oidc: same("oidc"),
  rateBuckets: same("rateBuckets"),
  health:
    (services) =>
    (...of) =>
      services.health(...of),
  problems:
    (services) =>
    (...of) =>
      services.problems(...of),
};

function maskServices(services: Services, personal: Personal): Services {
  const names = Object.keys(MASKS) as (keyof Services)[];
  return Object.fromEntries(
    names.map((name) => [name, MASKS[name](services, personal)]),
  ) as unknown as Services;
}

function maskedRuns(runs: RunService, definitions: Services["definitions"], personal: Personal): RunService {
  const mask = <Given extends Parameters<typeof maskRun>[1]>(run: Given) => maskRun(personal, run);
  return {
    findByIds: async (...of) => (await runs.findByIds(...of)).map(mask),
    list: async (...of) => {
      const slice = await runs.list(...of);
      return { ...slice, nodes: slice.nodes.map(mask) };
    },
    count: (...of) => runs.count(...of),
    steps: (...of) => runs.steps(...of),
    metrics: (...of) => runs.metrics(...of),
    latestMetrics: (...of) => runs.latestMetrics(...of),
    metricHistory: (...of) => runs.metricHistory(...of),
    artifacts: (...of) => runs.artifacts(...of),
    children: async (...of) => (await runs.children(...of)).map((all) => all.map(mask)),
    pagePoints: (...of) => runs.pagePoints(...of),
    // What it finds has neither words nor results of runs.
    search: (...of) => runs.search(...of),
    inputs: (...of) => runs.inputs(...of),
    events: async (ids, ...of) => {
      const events = await runs.events(ids, ...of);
      const asked = ids.filter((_, index) => events[index]!.some(eventsMayQuote));
      const found = asked.length > 0 ? await runs.findByIds(asked) : [];
      const byId = new Map(found.map((run) => [run?.id, run]));
      return events.map((all) =>
        all.map((event) =>
          eventsMayQuote(event) ? maskEvent(personal, event, byId.get(event.runId) ?? null) : event,
        ),
      );
    },
    follow: (runId, after) => follow(runs, personal, runId, after),
    lastSucceeded: async (...of) => mask(await runs.lastSucceeded(...of)),
    lastIngests: async (...of) => (await runs.lastIngests(...of)).map(mask),
    quarantined: async (...of) =>
      (await runs.quarantined(...of)).map((slice) => ({
        ...slice,
        nodes: slice.nodes.map((row) => maskQuarantined(personal, definitions, row)),
      })),
    countQuarantined: (...of) => runs.countQuarantined(...of),
  };
}

/** A run is looked up again until it has started: what it masks stands in it from then on. */
function follow(
  runs: RunService,
  personal: Personal,
  runId: string | null,
  after: string | null,
): AsyncIterableIterator<RunEvent> {
  const events = runs.follow(runId, after);
  const started = new Map<string, Run>();
  const mask = async (event: RunEvent): Promise<RunEvent> => {
    if (!eventsMayQuote(event)) return event;
    const run = started.get(event.runId) ?? (await runs.findByIds([event.runId]))[0] ?? null;
    if (run?.startedAt) started.set(event.runId, run);
    return maskEvent(personal, event, run);
  };
  // No generator: it would end only after the next event.
  return {
    next: async () => {
      const next = await events.next();
      return next.done ? next : { done: false, value: await mask(next.value) };
    },
    return: (value?: unknown) => events.return?.(value) ?? Promise.resolve({ done: true, value: undefined }),
    throw: (error?: unknown) => events.throw?.(error) ?? Promise.reject(error),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function maskedPredictor(predictor: PredictionService, personal: Personal): PredictionService {
  /** What was answered, by what the caller got of it: it is explained by all that it is made of. */
  const answered = new WeakMap<Prediction, Prediction>();
  const mask = (prediction: Prediction): Prediction => {
    const { features, request } = prediction;
    const masked = {
      ...prediction,
      features: maskFeatures(personal, features),
      request: request && maskByFeature(personal, request),
    };
    answered.set(masked, prediction);
    return masked;
  };
  return {
    predict: async (...of) => mask(await predictor.predict(...of)),
    predictMany: async (...of) =>
      (await predictor.predictMany(...of)).map((outcome) =>
        outcome.prediction ? { ...outcome, prediction: mask(outcome.prediction) } : outcome,
      ),
    predictCold: async (...of) => mask(await predictor.predictCold(...of)),
    predictColdMany: async (...of) =>
      (await predictor.predictColdMany(...of)).map((outcome) =>
        outcome.prediction ? { ...outcome, prediction: mask(outcome.prediction) } : outcome,
      ),
    explain: async (prediction) => {
      const original = answered.get(prediction);
      if (!original)
        throw new Error("a prediction of another process, or a copy of one, cannot be explained");
      const explanation = await predictor.explain(original);
      return (
        explanation && {
          ...explanation,
          contributions: explanation.contributions.map((each) =>
            personal.hasFeature(each.feature) ? { ...each, value: null, masked: true as const } : each,
          ),
        }
      );
    },
    production: (...of) => predictor.production(...of),
  };
}
