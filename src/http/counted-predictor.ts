import type { Counter, Histogram } from "prom-client";
import { AsofError } from "../errors/errors.js";
import { inSpan } from "../observability/tracing.js";
import type { PredictionService, Services } from "../services/services.js";
import type { Prediction, PredictionOutcome } from "../serving/types.js";
import { mask } from "./masking.js";

export interface PredictionMetrics {
  predictions: Counter<"model" | "version" | "outcome">;
  predictionSeconds: Histogram<"model" | "version">;
  predictionUsers: Histogram<"model">;
}

const spanOf = (model: string, users: number) => () => ({ "asof.model": model, "asof.users": users });

/**
 * The services with a predictor that counts what it answers, for GraphQL and REST alike. A failure carries
 * no version, and an undefined model has no name: clients choose both, and labels must stay few.
 */
export function withCountedPredictions(services: Services, metrics: PredictionMetrics): Services {
  const { predictor, definitions } = services;
  const names = new Set(definitions.services.map(({ name }) => name));
  const count = (model: string, prediction: Prediction | null, code = "INTERNAL_SERVER_ERROR", users = 1) =>
    metrics.predictions.inc(
      {
        model: names.has(model) ? model : "unknown",
        version: prediction ? String(prediction.modelVersion.version) : "",
        outcome: prediction ? "ok" : code,
      },
      users,
    );
  /** A call is answered by one version, so those who got a prediction are counted together. */
  const countAll = (model: string, outcomes: readonly PredictionOutcome[], answered?: Prediction | null) => {
    let users = 0;
    for (const { prediction, error } of outcomes) {
      if (prediction) users++;
      else count(model, null, error?.code);
    }
    if (answered) count(model, answered, undefined, users);
  };
  /** By the outcome that the client gets, for every user it asked for. */
  const countFailure = (model: string, error: unknown, users: number): void =>
    count(model, null, error instanceof AsofError ? error.code : mask(error).code, users);

  /** By the version that answered: none did where every user failed. */
  const time = (model: string, answered: Prediction | null | undefined, users: number, startedAt: number) => {
    if (!answered) return;
    const version = String(answered.modelVersion.version);
    metrics.predictionSeconds.observe({ model, version }, (performance.now() - startedAt) / 1000);
    metrics.predictionUsers.observe({ model }, users);
  };

  const counted: PredictionService = {
    async predict(userId, request) {
      const startedAt = performance.now();
      try {
        const prediction = await inSpan("predict", spanOf(request.model, 1), () =>
          predictor.predict(userId, request),
        );
        count(request.model, prediction);
        time(request.model, prediction, 1, startedAt);
        return prediction;
      } catch (error) {
        countFailure(request.model, error, 1);
        throw error;
      }
    },
    async predictMany(userIds, request) {
      const startedAt = performance.now();
      try {
        const outcomes = await inSpan("predictMany", spanOf(request.model, userIds.length), () =>
          predictor.predictMany(userIds, request),
        );
        const answered = outcomes.find(({ prediction }) => prediction)?.prediction;
        countAll(request.model, outcomes, answered);
        time(request.model, answered, userIds.length, startedAt);
        return outcomes;
      } catch (error) {
        countFailure(request.model, error, userIds.length);
        throw error;
      }
    },
    explain: (prediction) => predictor.explain(prediction),
    production: (model) => predictor.production(model),
  };
  return { ...services, health: () => services.health(), predictor: counted };
}
