import { AsofError, type ErrorCode } from "../errors/errors.js";
import type { PredictionService } from "../services/data-services.js";
import type { Prediction, PredictionOutcome, PredictRequest } from "../serving/types.js";

export interface PredictionKey extends PredictRequest {
  key: string;
}

/** One call of the predictor per model, version and date among the keys; answers in the keys' order. */
export async function loadPredictions(
  predictor: PredictionService,
  keys: readonly PredictionKey[],
): Promise<(Prediction | Error)[]> {
  const answers = new Array<Prediction | Error>(keys.length);
  await Promise.all(
    groupByRequest(keys).map(async ({ request, positions }) => {
      const asked = positions.map((position) => keys[position]!.key);
      const requests = positions.map((position) => keys[position]!.request);
      const predicted = await predictAll(predictor, asked, { ...request, requests });
      predicted.forEach((answer, index) => {
        answers[positions[index]!] = answer;
      });
    }),
  );
  return answers;
}

function groupByRequest(keys: readonly PredictionKey[]) {
  const groups = new Map<string, { request: PredictRequest; positions: number[] }>();
  keys.forEach(({ model, version, asOf, unlogged }, position) => {
    const name = JSON.stringify([model, version ?? null, asOf ?? null, unlogged ?? false]);
    const group = groups.get(name) ?? { request: { model, version, asOf, unlogged }, positions: [] };
    group.positions.push(position);
    groups.set(name, group);
  });
  return [...groups.values()];
}

/** A failure of the whole call, such as an unknown model, is the answer for every user. */
async function predictAll(
  predictor: PredictionService,
  keys: string[],
  request: PredictRequest & { requests: readonly unknown[] },
): Promise<(Prediction | Error)[]> {
  try {
    if (keys.length === 1) {
      const { requests, ...alone } = request;
      return [await predictor.predict(keys[0]!, { ...alone, request: requests[0] })];
    }
    return (await predictor.predictMany(keys, request)).map(unwrapOutcome);
  } catch (error) {
    return keys.map(() => error as Error);
  }
}

function unwrapOutcome({ key, prediction, error }: PredictionOutcome): Prediction | Error {
  if (prediction) return prediction;
  if (!error) return new Error(`the outcome for ${JSON.stringify(key)} is neither prediction nor error`);
  if (error.cause) return error.cause;
  return new AsofError(error.code as ErrorCode, error.message, { key });
}
