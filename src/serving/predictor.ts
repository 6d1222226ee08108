import {
  AsofError,
  FeaturesMissingError,
  ModelNotFoundError,
  NoProductionModelError,
} from "../errors/errors.js";
import type { FeatureStore } from "../features/feature-store.js";
import type { UserFeatures } from "../features/types.js";
import type { ModelVersion } from "../registry/model.js";
import type { ModelStore } from "../registry/model-store.js";
import type { ModelCache } from "./model-cache.js";
import type { ServedModel } from "./served-model.js";
import type { Prediction, PredictionOutcome, PredictRequest } from "./types.js";

/** Answers who will churn: features and version as of the asked date, the score of one shared run. */
export class Predictor {
  constructor(
    private readonly features: FeatureStore,
    private readonly models: ModelStore,
    private readonly cache: ModelCache,
  ) {}

  production(model: string): ModelVersion | null {
    return this.cache.production(model)?.version ?? null;
  }

  /**
   * @throws {ModelNotFoundError} no such model or version
   * @throws {NoProductionModelError} no version is named and none is, or was then, in Production
   * @throws {FeaturesMissingError} some feature is NOT_FOUND or OUTSIDE_MAX_AGE
   */
  async predict(userId: string, request: PredictRequest): Promise<Prediction> {
    const model = await this.#resolve(request);
    const [features] = await this.features.read([{ userId, asOf: request.asOf }]);
    const missing = missingFeatures(features!, model);
    if (missing.length > 0) throw new FeaturesMissingError(userId, missing);
    return toPrediction(features!, model, await model.score(features!.values));
  }

  /** An outcome per id, in the ids' order; one bad id fails alone. */
  async predictMany(userIds: readonly string[], request: PredictRequest): Promise<PredictionOutcome[]> {
    const model = await this.#resolve(request);
    const features = await this.features.read(userIds.map((userId) => ({ userId, asOf: request.asOf })));
    const missing = features.map((user) => missingFeatures(user, model));
    const usable = features.filter((_, index) => missing[index]!.length === 0);
    const probabilities = await model.scoreMany(usable.map(({ values }) => values));
    let next = 0;
    return features.map((user, index) =>
      missing[index]!.length === 0
        ? { userId: user.userId, prediction: toPrediction(user, model, probabilities[next++]!), error: null }
        : { userId: user.userId, prediction: null, error: outcomeError(user.userId, missing[index]!) },
    );
  }

  async #resolve({ model, version, asOf }: PredictRequest): Promise<ServedModel> {
    if (version !== null && version !== undefined) {
      const named = await this.models.findVersion(model, version);
      if (!named)
        throw new ModelNotFoundError(model, (await this.models.findModel(model)) ? version : undefined);
      return this.cache.named(named);
    }
    if (asOf) {
      const then = await this.models.inProductionOn(model, asOf);
      if (then) return this.cache.named(then);
    } else {
      const now = this.cache.production(model);
      if (now) return now;
    }
    if (!(await this.models.findModel(model))) throw new ModelNotFoundError(model);
    throw new NoProductionModelError(model, asOf ?? undefined);
  }
}

/** What the model needs and the answer lacks; an empty value is not lacking, models take it as missing. */
function missingFeatures({ statuses }: UserFeatures, { version }: ServedModel): string[] {
  const usable = new Set<string>();
  for (const { name, status } of statuses) {
    if (status === "PRESENT" || status === "NULL_VALUE") usable.add(name);
  }
  return version.signature.features.map(({ name }) => name).filter((name) => !usable.has(name));
}

function toPrediction(features: UserFeatures, { version }: ServedModel, probability: number): Prediction {
  const { threshold } = version;
  const prediction = probability >= threshold ? 1 : 0;
  return { userId: features.userId, prediction, probability, threshold, modelVersion: version, features };
}

function outcomeError(userId: string, missing: string[]): PredictionOutcome["error"] {
  const { code, message }: AsofError = new FeaturesMissingError(userId, missing);
  return { code, message, missingFeatures: missing };
}
