import { setImmediate as nextTurn } from "node:timers/promises";
import {
  AsofError,
  FeaturesMissingError,
  ModelNotFoundError,
  NoProductionModelError,
} from "../errors/errors.js";
import { ModelBusyError, PredictionFailedError } from "../errors/prediction-errors.js";
import type { FeatureStore } from "../features/feature-store.js";
import type { FeatureStatus, UserFeatures } from "../features/types.js";
import type { ModelSignature, ModelVersion } from "../registry/model.js";
import type { ModelStore } from "../registry/model-store.js";
import { ScoreFailure } from "./answers.js";
import type { ModelCache } from "./model-cache.js";
import type { ServedModel } from "./served-model.js";
import type { Prediction, PredictionExplanation, PredictionOutcome, PredictRequest } from "./types.js";

/** What answers a request: the loaded model, and its version as it is registered at this moment. */
interface Resolved {
  served: ServedModel;
  version: ModelVersion;
}

/** Answers who will churn: features and version as of the asked date, the score of one shared run. */
export class Predictor {
  constructor(
    private readonly features: FeatureStore,
    private readonly models: ModelStore,
    private readonly cache: ModelCache,
    /** Told what was answered about now; replays of a past date are no service. */
    private readonly observe: (predictions: Iterable<Prediction>) => void = () => {},
  ) {}

  production(model: string): ModelVersion | null {
    return this.cache.production(model)?.version ?? null;
  }

  /**
   * @throws {ModelNotFoundError} no such model or version
   * @throws {NoProductionModelError} no version is named and none is, or was then, in Production
   * @throws {ModelNotLoadableError} the version's file is damaged
   * @throws {FeaturesMissingError} some feature is NOT_FOUND or OUTSIDE_MAX_AGE
   * @throws {PredictionFailedError} the model has no answer for this user
   * @throws {ModelBusyError} a model made elsewhere that is not asked at the moment
   */
  async predict(userId: string, request: PredictRequest): Promise<Prediction> {
    const { served, version } = await this.#resolve(request);
    const [features] = await this.features.read([{ userId, asOf: request.asOf }]);
    const missing = missingFeatures(features!, version);
    if (missing.length > 0) throw new FeaturesMissingError(userId, missing);
    const probability = await served.score(features!.values).catch((error: Error) => {
      throw error instanceof ScoreFailure ? toError(error, userId, version) : error;
    });
    const prediction = toPrediction(features!, version, probability);
    if (!request.asOf) this.observe([prediction]);
    return prediction;
  }

  /** An outcome per id, in the ids' order; one bad id fails alone. */
  async predictMany(userIds: readonly string[], request: PredictRequest): Promise<PredictionOutcome[]> {
    const { served, version } = await this.#resolve(request);
    const features = await this.features.read(userIds.map((userId) => ({ userId, asOf: request.asOf })));
    const missing = features.map((user) => missingFeatures(user, version));
    const usable = features.filter((_, index) => missing[index]!.length === 0);
    const { probabilities, failures } = await served.scoreEach(usable.map(({ values }) => values));
    let next = 0;
    const outcomes = features.map((user, index): PredictionOutcome => {
      const { userId } = user;
      if (missing[index]!.length > 0) {
        return failed(userId, new FeaturesMissingError(userId, missing[index]!), missing[index]);
      }
      const place = next++;
      const failure = failures.get(place);
      if (failure) return failed(userId, toError(failure, userId, version));
      return { userId, prediction: toPrediction(user, version, probabilities[place]!), error: null };
    });
    if (!request.asOf) this.observe(answered(outcomes));
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
      if (now) return now;
      // None loaded is not none: the first load may have failed, which is told, or may succeed now.
      const registered = await this.models.inStage(model, "PRODUCTION");
      if (registered) return this.#load(registered);
    }
    if (!(await this.models.findModel(model))) throw new ModelNotFoundError(model);
    throw new NoProductionModelError(model, asOf ?? undefined);
  }

  /** A cached model keeps the stage it was loaded in; the answer names the one it has. */
  async #load(version: ModelVersion): Promise<Resolved> {
    return { served: await this.cache.named(version), version };
  }
}

/** Per feature of a signature, whether the model cannot do without a value. */
const requirements = new WeakMap<ModelSignature, ReadonlyMap<string, boolean>>();

/** What the model needs and the answer lacks; an empty value is lacking only where the model cannot do without. */
function missingFeatures({ statuses }: UserFeatures, { signature }: ModelVersion): string[] {
  let requires = requirements.get(signature);
  if (!requires) {
    requires = new Map(signature.features.map(({ name, required }) => [name, required === true]));
    requirements.set(signature, requires);
  }
  let usable = 0;
  for (const { name, status } of statuses) {
    if (status === "PRESENT") usable += requires.has(name) ? 1 : 0;
    else if (status === "NULL_VALUE" && requires.get(name) === false) usable++;
  }
  return usable === requires.size ? NONE : lacking(statuses, requires);
}

const NONE: string[] = [];

function lacking(statuses: readonly FeatureStatus[], requires: ReadonlyMap<string, boolean>): string[] {
  const states = new Map(statuses.map(({ name, status }) => [name, status]));
  const isUsable = ([name, required]: [string, boolean]) =>
    states.get(name) === "PRESENT" || (states.get(name) === "NULL_VALUE" && !required);
  return [...requires].flatMap((each) => (isUsable(each) ? [] : [each[0]]));
}

function toPrediction(features: UserFeatures, version: ModelVersion, probability: number): Prediction {
  const { threshold } = version;
  const prediction = probability >= threshold ? 1 : 0;
  return { userId: features.userId, prediction, probability, threshold, modelVersion: version, features };
}

function* answered(outcomes: readonly PredictionOutcome[]): Generator<Prediction> {
  for (const { prediction } of outcomes) if (prediction) yield prediction;
}

function failed(userId: string, { code, message }: AsofError, missing: string[] = NONE): PredictionOutcome {
  return { userId, prediction: null, error: { code, message, missingFeatures: missing } };
}

function toError(
  { reason, message, retryAfterSeconds }: ScoreFailure,
  userId: string,
  version: ModelVersion,
) {
  return reason === "model"
    ? new PredictionFailedError(userId, version, message)
    : new ModelBusyError(version, message, retryAfterSeconds);
}
