import { setImmediate as nextTurn } from "node:timers/promises";
import type { Deployment } from "../definitions/language/deployment.js";
import { entityNames } from "../definitions/language/entity-names.js";
import {
  type AsofError,
  FeaturesMissingError,
  ModelNotFoundError,
  NoProductionModelError,
} from "../errors/errors.js";
import { ModelNotServableError } from "../errors/model-not-servable.js";
import { ModelBusyError, PredictionFailedError } from "../errors/prediction-errors.js";
import { type FeatureSelection, selectFeatures } from "../features/feature-selection.js";
import type { FeatureStore } from "../features/feature-store.js";
import type { UserFeatures } from "../features/types.js";
import { type Entities, unknownEntities } from "../features/unknown-entities.js";
import type { ModelSignature, ModelVersion } from "../registry/model.js";
import type { ModelStore } from "../registry/model-store.js";
import { requireServable, servability } from "../registry/servability.js";
import { taskOf } from "../training/tasks/registry.js";
import { ScoreFailure } from "./answers.js";
import { missingFeatures } from "./missing-features.js";
import type { ModelCache } from "./model-cache.js";
import type { ServedModel } from "./served-model.js";
import type { Prediction, PredictionExplanation, PredictionOutcome, PredictRequest } from "./types.js";

/** What answers a request: the loaded model, and its version as it is registered at this moment. */
interface Resolved {
  served: ServedModel;
  version: ModelVersion;
}

/** Answers what a model says: features and version as of the asked date, the score of one shared run. */
export class Predictor {
  /** Of each signature exactly its features. */
  readonly #selections = new WeakMap<ModelSignature, FeatureSelection>();

  constructor(
    private readonly definitions: Deployment,
    private readonly features: FeatureStore,
    private readonly entities: Entities,
    private readonly models: ModelStore,
    private readonly cache: ModelCache,
    /** Receives the predictions about now; those as of a past date, or for who only looks, are not monitored. */
    private readonly observe: (predictions: Iterable<Prediction>) => void = () => {},
  ) {}

  production(model: string): ModelVersion | null {
    return this.cache.production(model)?.version ?? null;
  }

  /**
   * @throws {ModelNotFoundError} no such model or version
   * @throws {NoProductionModelError} no version is named and none is, or was then, in Production
   * @throws {ModelNotServableError} the deployment no longer declares what the version needs, or its file does not load
   * @throws {FeaturesMissingError} some feature that the version takes is NOT_FOUND or OUTSIDE_MAX_AGE
   * @throws {PredictionFailedError} the model has no answer for this user
   * @throws {ModelBusyError} a model made elsewhere that is not asked at the moment
   */
  async predict(userId: string, request: PredictRequest): Promise<Prediction> {
    const { served, version } = await this.#resolve(request);
    const [features] = await this.#read([userId], request, version);
    const missing = missingFeatures(features!, version.signature);
    if (missing.length > 0) throw (await this.#lacking([features!], [missing]))[0]!;
    const probability = await served.score(features!.values).catch((error: Error) => {
      throw error instanceof ScoreFailure ? this.#failure(error, userId, version) : error;
    });
    const prediction = toPrediction(features!, version, probability);
    if (isObserved(request)) this.observe([prediction]);
    return prediction;
  }

  /** An outcome per id, in the ids' order; one bad id fails alone. Of a version that cannot be served each is refused. */
  async predictMany(userIds: readonly string[], request: PredictRequest): Promise<PredictionOutcome[]> {
    const resolved = await this.#resolve(request).catch((error: unknown) => {
      if (error instanceof ModelNotServableError) return error;
      throw error;
    });
    if (resolved instanceof ModelNotServableError) return userIds.map((userId) => failed(userId, resolved));
    const { served, version } = resolved;
    const features = await this.#read(userIds, request, version);
    const missing = features.map((user) => missingFeatures(user, version.signature));
    const lacking = await this.#lacking(features, missing);
    const usable = features.filter((_, index) => missing[index]!.length === 0);
    const { probabilities, failures } = await served.scoreEach(usable.map(({ values }) => values));
    let next = 0;
    const outcomes = features.map((user, index): PredictionOutcome => {
      const { userId } = user;
      if (lacking[index]) return failed(userId, lacking[index]);
      const place = next++;
      const failure = failures.get(place);
      if (failure) return failed(userId, this.#failure(failure, userId, version));
      return { userId, prediction: toPrediction(user, version, probabilities[place]!), error: null };
    });
    if (isObserved(request)) this.observe(answered(outcomes));
    return outcomes;
  }

  /**
   * What each feature adds to a prediction of this process; null for a model that asof did not train. A row of a
   * large forest takes milliseconds: other requests are let through before each.
   */
  async explain({ modelVersion, features }: Prediction): Promise<PredictionExplanation | null> {
    const served = await this.cache.named(modelVersion);
    await nextTurn();
    return served.explain(features.values);
  }

  /** The features that the version takes, and no view that holds none of them. */
  #read(
    userIds: readonly string[],
    { asOf }: PredictRequest,
    { signature }: ModelVersion,
  ): Promise<UserFeatures[]> {
    let selection = this.#selections.get(signature);
    if (!selection) {
      const names = signature.features.map(({ name }) => name);
      selection = selectFeatures(this.definitions.views, names);
      this.#selections.set(signature, selection);
    }
    return this.features.read(
      userIds.map((userId) => ({ userId, asOf })),
      selection,
    );
  }

  /** Of each answer what is wrong with it, null where nothing is missing. */
  async #lacking(
    answers: readonly UserFeatures[],
    missing: readonly (readonly string[])[],
  ): Promise<(FeaturesMissingError | null)[]> {
    const names = entityNames(this.definitions.entity);
    const unknown = await unknownEntities(
      this.entities,
      answers.filter((_, index) => missing[index]!.length > 0),
    );
    return answers.map(({ userId }, index) => {
      const lacking = missing[index]!;
      if (lacking.length === 0) return null;
      return new FeaturesMissingError(names, userId, lacking, { isUnknown: unknown.has(userId) });
    });
  }

  #failure({ reason, message, retryAfterSeconds }: ScoreFailure, userId: string, version: ModelVersion) {
    return reason === "model"
      ? new PredictionFailedError(entityNames(this.definitions.entity), userId, version, message)
      : new ModelBusyError(version, message, retryAfterSeconds);
  }

  async #resolve({ model, version, asOf }: PredictRequest): Promise<Resolved> {
    if (version !== null && version !== undefined) {
      const named = await this.models.findVersion(model, version);
      if (!named)
        throw new ModelNotFoundError(model, (await this.models.findModel(model)) ? version : undefined);
      return this.#load(named);
    }
    if (asOf) {
      const then = await this.models.inProductionOn(model, asOf);
      if (then) return this.#load(then);
    } else {
      const now = this.cache.production(model);
      if (now) return this.#servable(now);
      // A version may exist although none is loaded: the first load failed, or a load may succeed now.
      const registered = await this.models.inStage(model, "PRODUCTION");
      if (registered) return this.#load(registered);
    }
    if (!(await this.models.findModel(model))) throw new ModelNotFoundError(model);
    throw new NoProductionModelError(model, asOf ?? undefined);
  }

  /** A cached model keeps the stage it was loaded in; the answer names the one it has. */
  async #load(version: ModelVersion): Promise<Resolved> {
    requireServable(version, servability(version, this.definitions));
    return { served: await this.cache.named(version), version };
  }

  #servable(resolved: Resolved): Resolved {
    requireServable(resolved.version, servability(resolved.version, this.definitions));
    return resolved;
  }
}

const isObserved = ({ asOf, unlogged }: PredictRequest): boolean => !asOf && !unlogged;

function toPrediction(features: UserFeatures, version: ModelVersion, probability: number): Prediction {
  const { threshold } = version;
  const prediction = taskOf(version.signature).decide(probability, threshold);
  return { userId: features.userId, prediction, probability, threshold, modelVersion: version, features };
}

function* answered(outcomes: readonly PredictionOutcome[]): Generator<Prediction> {
  for (const { prediction } of outcomes) if (prediction) yield prediction;
}

/** Plain: an `Error` among GraphQL's values would fail its field. */
function failed(userId: string, cause: AsofError): PredictionOutcome {
  const { code, message } = cause;
  const missing =
    cause instanceof FeaturesMissingError
      ? cause.missingFeatures
      : cause instanceof ModelNotServableError
        ? cause.features
        : [];
  return { userId, prediction: null, error: { code, message, missingFeatures: missing, cause } };
}
