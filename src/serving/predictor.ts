import { setImmediate as nextTurn } from "node:timers/promises";
import type { Deployment } from "../definitions/language/deployment.js";
import { entityOfModel } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import {
  AsofError,
  BadUserInputError,
  FeaturesMissingError,
  ModelNotFoundError,
  NoProductionModelError,
} from "../errors/errors.js";
import { ModelNotServableError } from "../errors/model-not-servable.js";
import type { FeatureStore } from "../features/feature-store.js";
import type { UserFeatures } from "../features/types.js";
import { type Entities, unknownEntities } from "../features/unknown-entities.js";
import type { ModelVersion } from "../registry/model.js";
import type { ModelStore } from "../registry/model-store.js";
import { requireServable, servability } from "../registry/servability.js";
import { answerAt, ScoreFailure } from "./answers.js";
import { answeredByArms, armsOf } from "./arms.js";
import { ColdStarts, type Resolved } from "./cold-starts.js";
import { type FeaturePlan, FeaturePlans } from "./feature-plan.js";
import type { Values } from "./given-values.js";
import { missingFeatures } from "./missing-features.js";
import type { ModelCache } from "./model-cache.js";
import { answered, failedFor, isObserved, requireWhole, scoreError, toPrediction } from "./outcomes.js";
import type {
  ColdOutcome,
  ColdStartRequest,
  ColdStartsRequest,
  Prediction,
  PredictionExplanation,
  PredictionOutcome,
  PredictRequest,
} from "./types.js";

/** Answers what a model says: features and version as of the asked date, the score of one shared run. */
export class Predictor {
  readonly #plans: FeaturePlans;
  readonly #coldStarts: ColdStarts;

  constructor(
    private readonly definitions: Deployment,
    private readonly features: FeatureStore,
    private readonly entities: Entities,
    private readonly models: ModelStore,
    private readonly cache: ModelCache,
    /** Receives the predictions about now; those as of a past date, or for who only looks, are not monitored. */
    private readonly observe: (predictions: Iterable<Prediction>) => void = () => {},
  ) {
    this.#plans = new FeaturePlans(definitions);
    this.#coldStarts = new ColdStarts(definitions, this.#plans, observe);
  }

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
  async predict(key: string, request: PredictRequest): Promise<Prediction> {
    const [first, instead] = armsOf(this.cache, this.definitions, request, key);
    const prediction = await this.#answer(key, request, first ?? (await this.#resolve(request))).catch(
      async (error: unknown) => {
        // Whatever keeps the challenger from answering is the champion's to answer, or to refuse.
        if (!instead || !(error instanceof AsofError)) throw error;
        return this.#answer(key, request, instead);
      },
    );
    if (isObserved(request)) this.observe([prediction]);
    return prediction;
  }

  async #answer(
    key: string,
    request: PredictRequest,
    { served, version, ofCanary }: Resolved,
  ): Promise<Prediction> {
    const plan = this.#plans.of(version);
    const brought = this.#plans.request(version.model).read(request.request);
    const [stored] = await this.#read([key], request, plan);
    const features = plan.complete(stored!, brought);
    const missing = missingFeatures(features, version.signature);
    if (missing.length > 0) throw (await this.#lacking(version, plan, [stored!], [features], [missing]))[0]!;
    const answer = await served.score(features.values).catch((error: Error) => {
      throw error instanceof ScoreFailure ? scoreError(this.definitions, error, key, version) : error;
    });
    return toPrediction(key, features, brought, version, answer, ofCanary);
  }

  /**
   * About who has no row yet. As `predict` throws, and:
   * @throws {BadUserInputError} a value is missing, unknown, of another type or out of its range
   */
  async predictCold(request: ColdStartRequest): Promise<Prediction> {
    return this.#coldStarts.predict(await this.#resolve(request), request);
  }

  /** An outcome per row, in the rows' order; a bad row fails alone, unless the call is whole. */
  async predictColdMany(request: ColdStartsRequest): Promise<ColdOutcome[]> {
    return this.#coldStarts.predictMany(await this.#resolve(request), request);
  }

  /**
   * An outcome per id, in the ids' order; one bad id fails alone, unless the call is whole. Of a version that cannot be served
   * each is refused.
   */
  async predictMany(keys: readonly string[], request: PredictRequest): Promise<PredictionOutcome[]> {
    const outcomes = await this.#outcomesByArm(keys, request);
    if (request.whole) requireWhole(outcomes);
    if (isObserved(request)) this.observe(answered(outcomes));
    return outcomes;
  }

  /** Each arm's keys together, then those again that the challenger could not answer. */
  async #outcomesByArm(keys: readonly string[], request: PredictRequest): Promise<PredictionOutcome[]> {
    const arms = keys.map((key) => armsOf(this.cache, this.definitions, request, key));
    if (!arms.some(([first]) => first)) return this.#outcomes(keys, request);
    return answeredByArms(arms, keys, request, (...of) => this.#outcomesOf(...of));
  }

  async #outcomes(
    keys: readonly string[],
    request: PredictRequest,
    arm?: Resolved,
  ): Promise<PredictionOutcome[]> {
    if (arm) return this.#outcomesOf(keys, request, arm);
    const resolved = await this.#resolve(request).catch((error: unknown) => {
      if (error instanceof ModelNotServableError && !request.whole) return error;
      throw error;
    });
    if (resolved instanceof ModelNotServableError) return keys.map((key) => failedFor(key, resolved));
    return this.#outcomesOf(keys, request, resolved);
  }

  async #outcomesOf(
    keys: readonly string[],
    request: PredictRequest,
    { served, version, ofCanary }: Resolved,
  ): Promise<PredictionOutcome[]> {
    const plan = this.#plans.of(version);
    const brought = this.#readRequests(keys.length, request, version.model);
    const stored = await this.#read(keys, request, plan);
    const features = stored.map((answer, index) => {
      const values = brought[index]!;
      return values instanceof BadUserInputError ? answer : plan.complete(answer, values);
    });
    const missing = features.map((answer, index) =>
      brought[index] instanceof BadUserInputError ? [] : missingFeatures(answer, version.signature),
    );
    const lacking = await this.#lacking(version, plan, stored, features, missing);
    const refused = keys.map((_, index) => {
      const values = brought[index]!;
      return values instanceof BadUserInputError ? values : lacking[index]!;
    });
    const usable = features.filter((_, index) => refused[index] === null);
    const scores = await served.scoreEach(usable.map(({ values }) => values));
    let next = 0;
    return features.map((answer, index): PredictionOutcome => {
      const { key } = answer;
      const problem = refused[index]!;
      if (problem) return failedFor(key, problem);
      const place = next++;
      const failure = scores.failures.get(place);
      if (failure) return failedFor(key, scoreError(this.definitions, failure, key, version));
      const values = brought[index] as Values;
      const prediction = toPrediction(key, answer, values, version, answerAt(scores, place), ofCanary);
      return { key, prediction, error: null };
    });
  }

  /** What each of so many requests brings, or why it cannot be used: a bad one fails alone. */
  #readRequests(
    count: number,
    { request, requests }: PredictRequest,
    model: string,
  ): (Values | BadUserInputError)[] {
    const reader = this.#plans.request(model);
    const read = (given: unknown): Values | BadUserInputError => {
      try {
        return reader.read(given);
      } catch (error) {
        if (error instanceof BadUserInputError) return error;
        throw error;
      }
    };
    if (requests) return requests.map(read);
    const same = read(request);
    return Array.from({ length: count }, () => same);
  }

  /**
   * What each feature adds to a prediction of this process; null for a model that asof did not train. A row of a
   * large forest takes milliseconds: other requests are let through before each, and within it about each millisecond.
   */
  async explain({ modelVersion, features }: Prediction): Promise<PredictionExplanation | null> {
    const served = await this.cache.named(modelVersion);
    await nextTurn();
    return served.explain(features.values);
  }

  /** The features that the version takes or computes from, and no view that holds none of them. */
  #read(keys: readonly string[], { asOf }: PredictRequest, plan: FeaturePlan): Promise<UserFeatures[]> {
    return this.features.read(
      keys.map((key) => ({ key, asOf })),
      plan.selection,
    );
  }

  /** Of each answer what is wrong with it, null where nothing is missing. */
  async #lacking(
    { model }: ModelVersion,
    plan: FeaturePlan,
    stored: readonly UserFeatures[],
    answers: readonly UserFeatures[],
    missing: readonly (readonly string[])[],
  ): Promise<(FeaturesMissingError | null)[]> {
    const entity = entityOfModel(this.definitions, model);
    const names = entityNames(entity);
    const unknown = await unknownEntities(
      this.entities,
      entity,
      stored.filter((_, index) => missing[index]!.length > 0),
    );
    return answers.map((answer, index) => {
      const { key } = answer;
      if (missing[index]!.length === 0) return null;
      const lacking = plan.lacking(answer, missing[index]!);
      return new FeaturesMissingError(names, key, lacking, { isUnknown: unknown.has(key) });
    });
  }

  async #resolve({ model, version, asOf }: PredictRequest): Promise<Resolved> {
    if (version !== null && version !== undefined) {
      const named = await this.models.findJudged(model, version);
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
