import type { Deployment } from "../definitions/language/deployment.js";
import { servability } from "../registry/servability.js";
import type { CanaryArm } from "../values/canary.js";
import { isChallenged } from "./canary-arm.js";
import type { Resolved } from "./cold-starts.js";
import type { ModelCache } from "./model-cache.js";
import type { PredictionOutcome, PredictRequest } from "./types.js";

/** Who answers, and who does where that one cannot. Nobody is named where no canary runs. */
type Arms = [first?: Resolved, instead?: Resolved];

/**
 * Of a key while a canary runs: the challenger, and the champion where it cannot; or the champion. A request that says itself which
 * version it asks for, or of which date, is not a canary's.
 */
export function armsOf(
  cache: Pick<ModelCache, "canary" | "production">,
  definitions: Deployment,
  { model, version, asOf }: PredictRequest,
  key: string,
): Arms {
  const canary = cache.canary(model);
  const production = canary && version == null && !asOf && cache.production(model);
  // Of another champion it has ended, which this process has yet to hear of. Production that cannot be served says so itself.
  if (!canary || !production || production.version.version !== canary.champion) return [];
  if (!servability(production.version, definitions).servable) return [];
  const of = (arm: CanaryArm, isFallback = false) => ({ canary: canary.id, arm, isFallback });
  if (!isChallenged(canary, key)) return [{ ...production, ofCanary: of("CHAMPION") }];
  const instead = { ...production, ofCanary: of("CHAMPION", true) };
  const { challenger } = canary;
  if (!challenger || !servability(challenger.version, definitions).servable) return [instead];
  return [{ ...challenger, ofCanary: of("CHALLENGER") }, instead];
}

/** Each arm's keys together, then those again that the challenger could not answer; in the keys' order. */
export async function answeredByArms(
  arms: readonly Arms[],
  keys: readonly string[],
  request: PredictRequest,
  answer: (keys: readonly string[], request: PredictRequest, arm: Resolved) => Promise<PredictionOutcome[]>,
): Promise<PredictionOutcome[]> {
  const outcomes: PredictionOutcome[] = [];
  const ask = async (chosen: readonly (Resolved | undefined)[]) => {
    const places = new Map<string, { arm: Resolved; place: number }[]>();
    for (const [place, arm] of chosen.entries()) {
      if (!arm) continue;
      const name = `${arm.ofCanary?.arm} ${arm.ofCanary?.isFallback}`;
      const own = places.get(name) ?? [];
      own.push({ arm, place });
      places.set(name, own);
    }
    for (const own of places.values()) {
      const { requests } = request;
      const part = requests ? { ...request, requests: own.map(({ place }) => requests[place]) } : request;
      const named = own.map(({ place }) => keys[place]!);
      const answers = await answer(named, part, own[0]!.arm);
      for (const [index, { place }] of own.entries()) outcomes[place] = answers[index]!;
    }
  };
  await ask(arms.map(([first]) => first));
  await ask(arms.map(([, instead], place) => (outcomes[place]!.error ? instead : undefined)));
  return outcomes;
}
