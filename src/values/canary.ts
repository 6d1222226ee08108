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
export const canaryRule = z
  .object({
    minRows: z.int().min(1).max(1_000_000).default(200),
    /** Of requests that both versions scored, the share on which they say the same. */
    minAgreement: share.nullish(),
    /** Of requests of the challenger's share, those that the champion had to answer. */
    maxFallbackShare: share.nullish(),
    /** By labels that came later; with `maxLoss`. */
    metric: z.enum(CANARY_METRICS as [LiveMetricName]).nullish(),
    maxLoss: z.number().min(0).nullish(),
  })
  .superRefine(({ metric, maxLoss }, context) => {
    if ((metric == null) === (maxLoss == null)) return;
    const [path, message] =
      metric == null
        ? ["metric", "maxLoss needs the metric that it is of"]
        : ["maxLoss", `how much of ${metric} may be lost was expected`];
    context.addIssue({ code: "custom", path: [path], message });
  });
export type CanaryRule = z.infer<typeof canaryRule>;

/** Whether anything ends the canary by itself. */
export const hasBound = ({ minAgreement, maxFallbackShare, metric }: CanaryRule): boolean =>
  minAgreement != null || maxFallbackShare != null || metric != null;

/** What the rule looks at. */
export interface CanaryEvidence {
  /** Requests of the challenger's share: answered by it, and not. */
  challenged: number;
  fallbacks: number;
  compared: number;
  agreement: number | null;
  champion: ArmEvidence;
  challenger: ArmEvidence;
}

/** The rule's metric of an arm's rows with a label. */
export interface ArmEvidence {
  labelled: number;
  value: number | null;
  /** Its standard error: asked for only where the value would stop the canary. Null where the rows are too few for one. */
  error(): number | null;
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
  if (metric == null || maxLoss == null || champion.value === null || challenger.value === null) return null;
  const labelled = Math.min(champion.labelled, challenger.labelled);
  if (labelled < minRows) return null;
  const { better } = comparedMetrics.get(metric as never)!;
  const excess = Math.abs(challenger.value - champion.value) - maxLoss;
  if (!isBetter({ better }, champion.value, challenger.value) || excess <= 0) return null;
  const errors = [champion.error(), challenger.error()];
  if (errors[0] == null || errors[1] == null) return null;
  const chance = standardErrors(labelled, minRows) * Math.hypot(errors[0], errors[1]);
  if (excess <= chance) return null;
  return `${metric} is ${rounded(challenger.value)} of the challenger and ${rounded(champion.value)} of the champion; a loss of at most ${maxLoss} was allowed, and chance explains no more than another ${rounded(chance)}`;
}

/** Of canaries that lose no more than is allowed, at most this share is stopped by chance. */
const STOPPED_BY_CHANCE = 0.05;

/**
 * How many standard errors chance may come to, however often it is looked while rows come in: the bound of Robbins' mixture of
 * normals, narrowest at some ten times `minRows`. 3.7 at `minRows`, 3.0 at ten times that.
 */
export function standardErrors(rows: number, minRows: number): number {
  const ratio = rows / minRows;
  return Math.sqrt((1 + 1 / ratio) * (Math.log(1 + ratio) - 2 * Math.log(STOPPED_BY_CHANCE)));
}

const rounded = (value: number): number => Number(value.toPrecision(4));
