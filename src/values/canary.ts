import { z } from "zod";
import { comparedMetrics, isBetter, type LiveMetricName, TASKS } from "./task.js";

/** Which of the two versions of a canary answered. */
export const CANARY_ARMS = ["CHAMPION", "CHALLENGER"] as const;
export type CanaryArm = (typeof CANARY_ARMS)[number];

/** How a canary ended: PROMOTED and SUPERSEDED by what came to Production, STOPPED by its rule, ENDED by somebody. */
export const CANARY_OUTCOMES = ["PROMOTED", "ENDED", "STOPPED", "SUPERSEDED"] as const;
export type CanaryOutcome = (typeof CANARY_OUTCOMES)[number];

/** Metrics that labels give both arms, of those that say which of two is better. */
export const CANARY_METRICS: readonly LiveMetricName[] = [
  ...new Set(TASKS.flatMap(({ live }): readonly LiveMetricName[] => live)),
].filter((name) => (comparedMetrics as ReadonlyMap<string, unknown>).has(name));

const share = z.number().min(0).max(1);

/** When a canary ends by itself. Each bound is looked at from `minRows` rows on. */
export const canaryRule = z.object({
  minRows: z.int().min(1).max(1_000_000).default(200),
  /** Of requests that both versions scored, the share on which they say the same. */
  minAgreement: share.nullish(),
  /** Of requests of the challenger's share, those that the champion had to answer. */
  maxFallbackShare: share.nullish(),
  /** By labels that came later; with `maxLoss`. */
  metric: z.enum(CANARY_METRICS as [LiveMetricName]).nullish(),
  maxLoss: z.number().min(0).nullish(),
});
export type CanaryRule = z.infer<typeof canaryRule>;

/** What the rule looks at. */
export interface CanaryEvidence {
  /** Requests of the challenger's share: answered by it, and not. */
  challenged: number;
  fallbacks: number;
  compared: number;
  agreement: number | null;
  /** Of each arm: rows with a label, and the rule's metric of them. */
  champion: { labelled: number; value: number | null };
  challenger: { labelled: number; value: number | null };
}

/** Why the canary is to end now, in words; null: it goes on. */
export function whyStopped(rule: CanaryRule, evidence: CanaryEvidence): string | null {
  const { minRows, minAgreement, maxFallbackShare, metric, maxLoss } = rule;
  const { challenged, fallbacks, compared, agreement, champion, challenger } = evidence;
  const asked = challenged + fallbacks;
  if (maxFallbackShare != null && asked >= minRows && fallbacks / asked > maxFallbackShare)
    return `the champion had to answer ${fallbacks} of the challenger's ${asked} requests; at most ${maxFallbackShare} of them were allowed`;
  if (minAgreement != null && agreement !== null && compared >= minRows && agreement < minAgreement)
    return `both said the same on ${rounded(agreement)} of ${compared} requests; at least ${minAgreement} was asked`;
  if (metric == null || champion.value === null || challenger.value === null) return null;
  if (Math.min(champion.labelled, challenger.labelled) < minRows) return null;
  const loss = Math.abs(challenger.value - champion.value);
  const { better } = comparedMetrics.get(metric as never)!;
  if (!isBetter({ better }, champion.value, challenger.value) || loss <= (maxLoss ?? 0)) return null;
  return `${metric} is ${rounded(challenger.value)} of the challenger and ${rounded(champion.value)} of the champion; a loss of at most ${maxLoss ?? 0} was allowed`;
}

const rounded = (value: number): number => Number(value.toPrecision(4));
