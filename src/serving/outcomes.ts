import type { Deployment } from "../definitions/language/deployment.js";
import { entityOfModel } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { type AsofError, FeaturesMissingError } from "../errors/errors.js";
import { ModelNotServableError } from "../errors/model-not-servable.js";
import {
  ColdPredictionFailedError,
  ModelBusyError,
  PredictionFailedError,
  RowUnansweredError,
} from "../errors/prediction-errors.js";
import type { ModelVersion } from "../registry/model.js";
import { taskOf } from "../training/tasks/registry.js";
import type { ScoreFailure } from "./answers.js";
import type { ArmOfAnswer } from "./canary-arm.js";
import type { ServedFeatures } from "./feature-plan.js";
import type { Values } from "./given-values.js";
import type { ColdOutcome, Prediction, PredictionOutcome, PredictRequest } from "./types.js";

/** What is about now, and meant: those as of a past date, or for who only looks, are not monitored. */
export const isObserved = ({ asOf, unlogged }: Pick<PredictRequest, "asOf" | "unlogged">): boolean =>
  !asOf && !unlogged;

export function toPrediction(
  key: string | null,
  features: ServedFeatures,
  brought: Values,
  version: ModelVersion,
  answer: ArrayLike<number>,
  ofCanary: ArmOfAnswer | null = null,
): Prediction {
  const { threshold, signature } = version;
  const terms = { threshold, classes: signature.classes ?? null };
  const of = taskOf(signature).answerFields(answer, terms);
  // One by one: copied, they would take longer than all else that is made here.
  return {
    key,
    prediction: of.prediction,
    probability: of.probability,
    threshold: of.threshold,
    value: of.value,
    class: of.class,
    classes: of.classes,
    answer,
    modelVersion: version,
    features,
    request: isEmpty(brought) ? null : brought,
    ofCanary,
  };
}

/** Nothing is made for it: it is asked of every prediction. */
function isEmpty(values: Values): boolean {
  for (const _ in values) return false;
  return true;
}

export function* answered(outcomes: readonly ColdOutcome[]): Generator<Prediction> {
  for (const { prediction } of outcomes) if (prediction) yield prediction;
}

/** Of one key. */
export const failedFor = (key: string, cause: AsofError): PredictionOutcome => ({
  key,
  ...failedOutcome(cause),
});

/** Plain: an `Error` among GraphQL's values would fail its field. */
export function failedOutcome(cause: AsofError): ColdOutcome {
  const { code, message } = cause;
  const missing =
    cause instanceof FeaturesMissingError
      ? cause.missingFeatures
      : cause instanceof ModelNotServableError
        ? cause.features
        : [];
  return { prediction: null, error: { code, message, missingFeatures: missing, cause } };
}

/**
 * Of a call that is answered as a whole or not at all.
 * @throws {RowUnansweredError} names the first row without an answer
 */
export function requireWhole(outcomes: readonly ColdOutcome[]): void {
  const first = outcomes.findIndex(({ error }) => error !== null);
  if (first < 0) return;
  const cause = outcomes[first]!.error!.cause!;
  const failures = outcomes.reduce((sum, { error }) => sum + (error ? 1 : 0), 0);
  throw outcomes.length === 1 ? cause : new RowUnansweredError(first, outcomes.length, failures, cause);
}

/** What the caller is told of a row that the model has no score for. @param key null: its features were given */
export function scoreError(
  definitions: Deployment,
  { reason, message, retryAfterSeconds }: ScoreFailure,
  key: string | null,
  version: ModelVersion,
): AsofError {
  if (reason !== "model") return new ModelBusyError(version, message, retryAfterSeconds);
  if (key === null) return new ColdPredictionFailedError(version, message);
  const entity = entityOfModel(definitions, version.model);
  return new PredictionFailedError(entityNames(entity), key, version, message);
}
