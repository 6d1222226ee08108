import type { Counter, Histogram } from "prom-client";
import { AsofError } from "../errors/errors.js";
import { inSpan } from "../observability/tracing.js";
import type { PredictionService } from "../services/data-services.js";
import type { Services } from "../services/services.js";
import type { ColdOutcome, Prediction } from "../serving/types.js";
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
  const countAll = (model: string, outcomes: readonly ColdOutcome[], answered?: Prediction | null) => {
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

  const countedCall = async <Answer>(
    name: string,
    model: string,
    rows: number,
    ask: () => Promise<Answer>,
    outcomesOf: (answer: Answer) => readonly ColdOutcome[],
  ): Promise<Answer> => {
    const startedAt = performance.now();
    try {
      const answer = await inSpan(name, spanOf(model, rows), ask);
      const outcomes = outcomesOf(answer);
      const answered = outcomes.find(({ prediction }) => prediction)?.prediction;
      countAll(model, outcomes, answered);
      time(model, answered, rows, startedAt);
      return answer;
    } catch (error) {
      countFailure(model, error, rows);
      throw error;
    }
  };
  const one = (name: string, model: string, ask: () => Promise<Prediction>) =>
    countedCall(name, model, 1, ask, (prediction) => [{ prediction, error: null }]);
  const many = <Outcome extends ColdOutcome>(
    name: string,
    model: string,
    rows: number,
    ask: () => Promise<Outcome[]>,
  ) => countedCall(name, model, rows, ask, (outcomes) => outcomes);

  const counted: PredictionService = {
    predict: (key, request) => one("predict", request.model, () => predictor.predict(key, request)),
    predictCold: (request) => one("predictCold", request.model, () => predictor.predictCold(request)),
    predictMany: (keys, request) =>
      many("predictMany", request.model, keys.length, () => predictor.predictMany(keys, request)),
    predictColdMany: (request) =>
      many("predictColdMany", request.model, request.rows.length, () => predictor.predictColdMany(request)),
    explain: (prediction) => predictor.explain(prediction),
    production: (model) => predictor.production(model),
  };
  return { ...services, health: () => services.health(), predictor: counted };
}
