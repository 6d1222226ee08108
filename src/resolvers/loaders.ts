import type { PageRequest, Slice } from "../db/page.js";
import { findService } from "../definitions/language/deployment.js";
import { entityOfService } from "../definitions/language/entities.js";
import { storedFeatures } from "../definitions/language/service-features.js";
import type { FeatureProfile } from "../features/feature-profiles.js";
import { everyFeature, selectFeatures } from "../features/feature-selection.js";
import type {
  EntityRecord,
  EntityRow,
  RevisionKey,
  Snapshot,
  SnapshotContent,
  UserFeatures,
  ViewFreshness,
} from "../features/types.js";
import { requireEntity } from "../inputs/entity-key.js";
import type { Firing, Schedule } from "../jobs/schedules/schedules.js";
import type { LiveMetrics, Window } from "../monitoring/live-metrics.js";
import type { ShadowComparison } from "../monitoring/shadow-comparison.js";
import type { Experiment } from "../registry/experiment.js";
import type { ModelVersion, RegisteredModel, StageTransition, VersionEntry } from "../registry/model.js";
import type { ModelAlias } from "../registry/model-catalogue.js";
import type { AliasKey, VersionKey } from "../registry/model-store.js";
import type { RegistryChange } from "../registry/registry-changes.js";
import type { Artifact, Metric, QuarantinedRow, Run, RunEvent, RunStep } from "../registry/run.js";
import type { Servability } from "../registry/servability.js";
import { COMPUTATION, EVALUATION, EXPLANATION, SERVABILITY } from "../schema/field-costs.js";
import type { Services } from "../services/services.js";
import type { Prediction, PredictionExplanation } from "../serving/types.js";
import type { ModelEvaluation } from "../training/tasks/model-evaluation.js";
import type { ListPacer } from "./list-pacer.js";
import { eachInTurn, type Loader, LoadersByArguments, loader, Meter } from "./look-ups.js";
import { loadPredictions, type PredictionKey } from "./prediction.loader.js";

/** An entity's name. */
type OfEntity = { entity: string };
type TransitionKey = { model: string; version: number | null };
type Events = { after: string | null; first: number };
type History = { name: string; first: number; after: number | null };
type Quarantined = { source: string | null; page: PageRequest };
type Listed = { first: number };
type Changes = Listed & { before: string | null };
type Artifacts = Listed & { after: string | null };
type Live = { labelAsOf: string | null; window: Window };

/** Batches and remembers what the fields of one request ask for: one call of a service, however many nodes. */
export interface Loaders {
  readonly turns: ListPacer;
  features: LoadersByArguments<OfEntity, EntityRow, UserFeatures>;
  serviceFeatures: LoadersByArguments<{ service: string }, EntityRow, UserFeatures>;
  users: LoadersByArguments<OfEntity, string, EntityRecord | null>;
  freshness: Loader<string, ViewFreshness | null>;
  snapshots: Loader<number, Snapshot | null>;
  lateEvents: Loader<number, number>;
  snapshotRevisions: Loader<RevisionKey, Snapshot | null>;
  snapshotContents: Loader<number, SnapshotContent>;
  featureProfiles: LoadersByArguments<{ view: string }, number, FeatureProfile[] | null>;
  runs: Loader<string, Run | null>;
  runSteps: Loader<string, RunStep[]>;
  runMetrics: Loader<string, Metric[]>;
  latestMetrics: Loader<string, Metric[]>;
  namedMetrics: LoadersByArguments<{ names: readonly string[] }, string, Metric[]>;
  metricHistory: LoadersByArguments<History, string, Metric[]>;
  runArtifacts: LoadersByArguments<Artifacts, string, Artifact[]>;
  runChildren: LoadersByArguments<Listed, string, Run[]>;
  runEvents: LoadersByArguments<Events, string, RunEvent[]>;
  quarantined: LoadersByArguments<Quarantined, string, Slice<QuarantinedRow>>;
  quarantinedCount: LoadersByArguments<{ source: string | null }, string, number>;
  lastSucceeded: Loader<string[], Run | null>;
  lastIngests: Loader<string, Run | null>;
  models: Loader<string, RegisteredModel | null>;
  versions: Loader<VersionKey, VersionEntry | null>;
  experiments: Loader<number, Experiment | null>;
  experimentChanges: LoadersByArguments<Changes, number, RegistryChange[]>;
  modelChanges: LoadersByArguments<Changes, string, RegistryChange[]>;
  versionsByAlias: Loader<AliasKey, VersionEntry | null>;
  versionsByRun: Loader<string, VersionEntry | null>;
  versionsByModel: LoadersByArguments<Listed & { before: number | null }, string, VersionEntry[]>;
  servingVersions: Loader<string, ModelVersion[]>;
  aliases: LoadersByArguments<Listed, string, ModelAlias[]>;
  transitions: LoadersByArguments<Listed & { before: string | null }, TransitionKey, StageTransition[]>;
  schedules: Loader<string, Schedule | null>;
  firings: Loader<{ name: string; first: number }, Firing[]>;
  live: LoadersByArguments<Live, ModelVersion, LiveMetrics>;
  shadow: LoadersByArguments<Window, ModelVersion, ShadowComparison>;
  evaluations: Loader<ModelVersion, ModelEvaluation | null>;
  servability: Loader<ModelVersion, Servability>;
  predictions: Loader<PredictionKey, Prediction>;
  explanations: Loader<Prediction, PredictionExplanation | null>;
}

const question = ({ key, asOf, knownAt }: EntityRow): string =>
  JSON.stringify([key, asOf ?? null, knownAt?.getTime() ?? null]);

type Makers = {
  [Name in Exclude<keyof Loaders, "turns">]: (services: Services, meter: Meter) => Loaders[Name];
};

const named = ({ model, version }: { model: string; version: number | null }): string =>
  `${version} ${model}`;

const makers: Makers = {
  features: ({ features, definitions }, meter) =>
    new LoadersByArguments(({ entity }) => {
      const selection = everyFeature(definitions, requireEntity(definitions, entity));
      return loader(meter, (rows) => features.read(rows, selection), question);
    }),
  serviceFeatures: ({ features, definitions }, meter) =>
    new LoadersByArguments(({ service }) => {
      const of = findService(definitions, service)!;
      const names = storedFeatures(of).map(({ name }) => name);
      const selection = selectFeatures(definitions, entityOfService(definitions, of), of.views, names);
      return loader(meter, (rows) => features.read(rows, selection), question);
    }),
  users: ({ entities, definitions }, meter) =>
    new LoadersByArguments(({ entity }) => {
      const of = requireEntity(definitions, entity);
      return loader(meter, (keys) => entities.find(of, keys));
    }),
  freshness: ({ features }, meter) =>
    loader(meter, async (views) => {
      const byView = await features.freshness();
      return views.map((view) => byView.get(view) ?? null);
    }),
  snapshots: ({ snapshots }, meter) => loader(meter, (ids) => snapshots.findByIds(ids)),
  lateEvents: ({ snapshots }, meter) => loader(meter, (ids) => snapshots.lateEvents(ids)),
  snapshotRevisions: ({ snapshots }, meter) =>
    loader(
      meter,
      (keys) => snapshots.findRevisions(keys),
      ({ asOf, revision }) => `${asOf} ${revision}`,
    ),
  snapshotContents: ({ snapshots }, meter) => loader(meter, (ids) => snapshots.contents(ids)),
  featureProfiles: ({ snapshots }, meter) =>
    new LoadersByArguments(({ view }) => loader(meter, (ids) => snapshots.profiles(ids, view))),
  runs: ({ runs }, meter) => loader(meter, (ids) => runs.findByIds(ids)),
  runSteps: ({ runs }, meter) => loader(meter, (ids) => runs.steps(ids)),
  runMetrics: ({ runs }, meter) => loader(meter, (ids) => runs.metrics(ids)),
  latestMetrics: ({ runs }, meter) => loader(meter, (ids) => runs.latestMetrics(ids)),
  namedMetrics: ({ runs }, meter) =>
    new LoadersByArguments(({ names }) => loader(meter, (ids) => runs.latestMetrics(ids, names))),
  metricHistory: ({ runs }, meter) =>
    new LoadersByArguments(({ name, first, after }) =>
      loader(meter, (ids) => runs.metricHistory(ids, name, first, after)),
    ),
  runArtifacts: ({ runs }, meter) =>
    new LoadersByArguments(({ first, after }) => loader(meter, (ids) => runs.artifacts(ids, first, after))),
  runChildren: ({ runs }, meter) =>
    new LoadersByArguments(({ first }) => loader(meter, (ids) => runs.children(ids, first))),
  runEvents: ({ runs }, meter) =>
    new LoadersByArguments(({ after, first }) => loader(meter, (ids) => runs.events(ids, after, first))),
  quarantined: ({ runs }, meter) =>
    new LoadersByArguments(({ source, page }) => loader(meter, (ids) => runs.quarantined(ids, source, page))),
  quarantinedCount: ({ runs }, meter) =>
    new LoadersByArguments(({ source }) => loader(meter, (ids) => runs.countQuarantined(ids, source))),
  lastSucceeded: ({ runs }, meter) =>
    loader(meter, (kinds) => Promise.all(kinds.map((each) => runs.lastSucceeded(each))), String),
  lastIngests: ({ runs }, meter) => loader(meter, (sources) => runs.lastIngests(sources)),
  models: ({ models }, meter) => loader(meter, (names) => models.findModels(names)),
  versions: ({ models }, meter) =>
    loader<VersionKey, VersionEntry | null>(meter, (keys) => models.findVersions(keys), named),
  experiments: ({ experiments }, meter) => loader(meter, (ids) => experiments.findByIds(ids)),
  experimentChanges: ({ experiments }, meter) =>
    new LoadersByArguments(({ first, before }) =>
      loader(meter, (ids) => experiments.changes(ids, first, before)),
    ),
  modelChanges: ({ catalogue }, meter) =>
    new LoadersByArguments(({ first, before }) =>
      loader(meter, (names) => catalogue.changes(names, first, before)),
    ),
  versionsByAlias: ({ catalogue }, meter) =>
    loader(
      meter,
      (keys) => catalogue.findByAliases(keys),
      ({ model, alias }) => `${alias} ${model}`,
    ),
  versionsByRun: ({ models }, meter) => loader(meter, (ids) => models.findVersionsByRun(ids)),
  versionsByModel: ({ models }, meter) =>
    new LoadersByArguments(({ first, before }) =>
      loader(meter, (names) => models.versions(names, first, before)),
    ),
  servingVersions: ({ models }, meter) => loader(meter, (names) => models.servingVersions(names)),
  aliases: ({ catalogue }, meter) =>
    new LoadersByArguments(({ first }) => loader(meter, (names) => catalogue.aliases(names, first))),
  transitions: ({ models }, meter) =>
    new LoadersByArguments(({ first, before }) =>
      loader<TransitionKey, StageTransition[]>(
        meter,
        (keys) => models.transitions(keys, first, before),
        named,
      ),
    ),
  // All at once: there are a few.
  schedules: ({ schedules }, meter) =>
    loader(meter, async (names) => {
      const byName = new Map((await schedules.list()).map((schedule) => [schedule.name, schedule]));
      return names.map((name) => byName.get(name) ?? null);
    }),
  firings: ({ schedules }, meter) =>
    loader(
      meter,
      (keys) => loadFirings(schedules, keys),
      ({ name, first }) => `${first} ${name}`,
    ),
  live: ({ monitoring }, meter) =>
    new LoadersByArguments(({ labelAsOf, window }) => {
      const read = (version: ModelVersion) => monitoring.live(version, labelAsOf, window);
      return loader(meter, eachInTurn(meter, COMPUTATION, read), named);
    }),
  shadow: ({ monitoring }, meter) =>
    new LoadersByArguments((window) => {
      const read = ({ model, version }: ModelVersion) => monitoring.shadow(model, version, window);
      return loader(meter, eachInTurn(meter, COMPUTATION, read), named);
    }),
  evaluations: ({ models }, meter) =>
    loader(
      meter,
      (versions: readonly ModelVersion[]) => {
        meter.charge(versions.length * EVALUATION);
        return models.evaluations(versions);
      },
      named,
    ),
  // One file after another: each that is loaded for the first time takes the processor for a while.
  servability: ({ models }, meter) =>
    loader(
      meter,
      eachInTurn(meter, SERVABILITY, (version: ModelVersion) => models.servability(version)),
      named,
    ),
  predictions: ({ predictor }, meter) =>
    loader(
      meter,
      (keys) => loadPredictions(predictor, keys),
      ({ key, model, version, asOf, unlogged, request }) =>
        JSON.stringify([key, model, version ?? null, asOf ?? null, unlogged ?? false, request ?? null]),
    ),
  // Two fields of one prediction share a computation.
  explanations: ({ predictor }, meter) =>
    loader(
      meter,
      eachInTurn(meter, EXPLANATION, (prediction) => predictor.explain(prediction)),
    ),
};

/** A schedule's firings are one call, with whichever page is the largest. */
async function loadFirings(
  schedules: Services["schedules"],
  keys: readonly { name: string; first: number }[],
): Promise<Firing[][]> {
  const most = new Map<string, number>();
  for (const { name, first } of keys) most.set(name, Math.max(first, most.get(name) ?? 0));
  const found = new Map<string, Firing[]>();
  for (const [name, first] of most) found.set(name, await schedules.firings(name, first));
  return keys.map(({ name, first }) => found.get(name)!.slice(0, first));
}

/** Makes each loader when it is first asked for: an operation uses one or two of them. */
class LazyLoaders {
  readonly meter: Meter;
  readonly turns: ListPacer;

  constructor(readonly services: Services) {
    this.meter = new Meter(services.config.graphqlLimits.cost);
    this.turns = this.meter.turns;
  }
}
for (const name of Object.keys(makers) as (keyof Makers)[]) {
  Object.defineProperty(LazyLoaders.prototype, name, {
    get(this: LazyLoaders) {
      const value = makers[name](this.services, this.meter);
      Object.defineProperty(this, name, { value });
      return value;
    },
  });
}

export const createLoaders = (services: Services): Loaders => new LazyLoaders(services) as unknown as Loaders;
