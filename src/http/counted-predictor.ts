import type { Counter } from "prom-client";
import { AsofError } from "../errors/errors.js";
import type { PredictionService, Services } from "../services.js";
import type { Prediction } from "../serving/types.js";

type PredictionCounter = Counter<"model" | "version" | "outcome">;

/**
 * The services with a predictor that counts what it answers, for GraphQL and REST alike. A failure carries
 * no version, and a model nobody defined no name: clients choose both, and labels must stay few.
 */
export function withCountedPredictions(services: Services, counter: PredictionCounter): Services {
  const { predictor, definitions } = services;
  const names = new Set(definitions.services.map(({ name }) => name));
  const count = (model: string, prediction: Prediction | null, code = "INTERNAL_SERVER_ERROR"): void =>
    counter.inc({
      model: names.has(model) ? model : "unknown",
      version: prediction ? String(prediction.modelVersion.version) : "",
      outcome: prediction ? "ok" : code,
    });
  const countFailure = (model: string, error: unknown): void =>
    count(model, null, error instanceof AsofError ? error.code : undefined);

  const counted: PredictionService = {
    async predict(userId, request) {
      try {
        const prediction = await predictor.predict(userId, request);
        count(request.model, prediction);
        return prediction;
      } catch (error) {
        countFailure(request.model, error);
        throw error;
      }
    },
    async predictMany(userIds, request) {
      try {
        const outcomes = await predictor.predictMany(userIds, request);
        for (const { prediction, error } of outcomes) count(request.model, prediction, error?.code);
        return outcomes;
      } catch (error) {
        countFailure(request.model, error);
        throw error;
      }
    },
    explain: (prediction) => predictor.explain(prediction),
    production: (model) => predictor.production(model),
  };
  return { ...services, health: () => services.health(), predictor: counted };
}
