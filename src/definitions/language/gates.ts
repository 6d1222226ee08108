/** What promotion to Production asks of a version. Validated snapshots and a fitting signature are always asked. */
export interface Gates {
  /** Metrics of the version's run on its held-out rows, each with the least value accepted: `{ auc: 0.8, f1: 0.5 }`. */
  readonly minimum?: Readonly<Record<string, number>>;
  /** The same for metrics that are better when lower: `{ log_loss: 0.5 }`. */
  readonly maximum?: Readonly<Record<string, number>>;
  /** How it must stand up to Production; asked with its defaults where it is left out. */
  readonly notWorse?: NotWorseGate;
  /** Asks for a successful `reproduce` of the run that trained it, with an identical outcome. */
  readonly reproduced?: boolean;
  readonly fairness?: FairnessGate;
  /** Short for `minimum: { auc }`. */
  readonly minAuc?: number;
  /** Short for `notWorse: { metric: "auc", maxLoss }`. */
  readonly maxAucLoss?: number;
}

/** Metrics with a paired difference. log_loss and brier are better when lower; their difference is turned round. */
export const COMPARED_METRICS = ["auc", "average_precision", "log_loss", "brier"] as const;
export type ComparedMetric = (typeof COMPARED_METRICS)[number];

/**
 * Non-inferiority on the candidate's held-out rows: the lower bound of the bootstrap interval of (candidate −
 * Production), both scored on the same resampled rows, must not lie below −maxLoss. A difference that the rows are
 * too few to tell from a loss is refused.
 */
export interface NotWorseGate {
  /** auc unless given. */
  readonly metric?: ComparedMetric;
  /** The loss that does not matter; 0.02 unless given. */
  readonly maxLoss?: number;
  /** Of the two-sided interval; 0.95 unless given. */
  readonly confidence?: number;
  /** 1000 unless given. */
  readonly resamples?: number;
  /** 1 unless given: the same rows and scores give the same interval. */
  readonly seed?: number;
}

/** Shares of a group that are compared: of all its rows called positive, or of its positive rows called so. */
export const FAIRNESS_MEASURES = ["selection_rate", "true_positive_rate"] as const;
export type FairnessMeasure = (typeof FAIRNESS_MEASURES)[number];

/** The greatest difference of a rate between groups of users, on held-out rows at the version's threshold. */
export interface FairnessGate {
  /** A column of the entity source: `user_gender`. */
  readonly attribute: string;
  /** true_positive_rate unless given: equal opportunity; selection_rate is demographic parity. */
  readonly measure?: FairnessMeasure;
  readonly maxGap: number;
  /** Groups whose rate rests on fewer rows are listed, not compared; 30 unless given. */
  readonly minRows?: number;
}

/** Gates with their defaults filled in. */
export interface ResolvedGates {
  readonly minimum: Readonly<Record<string, number>>;
  readonly maximum: Readonly<Record<string, number>>;
  readonly notWorse: Required<NotWorseGate>;
  readonly reproduced: boolean;
  readonly fairness: Required<FairnessGate> | null;
}

export function resolveGates(gates: Gates): ResolvedGates {
  const { minAuc, maxAucLoss, fairness } = gates;
  return {
    minimum: { ...(minAuc === undefined ? {} : { auc: minAuc }), ...gates.minimum },
    maximum: { ...gates.maximum },
    notWorse: {
      metric: "auc",
      maxLoss: maxAucLoss ?? 0.02,
      confidence: 0.95,
      resamples: 1000,
      seed: 1,
      ...gates.notWorse,
    },
    reproduced: gates.reproduced ?? false,
    fairness: fairness ? { measure: "true_positive_rate", minRows: 30, ...fairness } : null,
  };
}

const METRIC = /^[a-z][a-z0-9_]{0,60}$/;

/** Calls `refuse` with what is wrong. `attributes` are the columns of the entity source. */
export function checkGates(
  gates: Gates,
  attributes: readonly string[],
  refuse: (problem: string) => never,
): void {
  const { minAuc, maxAucLoss } = gates;
  if (minAuc !== undefined && !(minAuc >= 0 && minAuc <= 1))
    refuse(`gate minAuc ${minAuc} must be between 0 and 1`);
  if (minAuc !== undefined && gates.minimum?.auc !== undefined)
    refuse("gate minAuc says the same as minimum.auc; declare one");
  if (maxAucLoss !== undefined && !(maxAucLoss >= 0))
    refuse(`gate maxAucLoss ${maxAucLoss} must be at least 0`);
  if (maxAucLoss !== undefined && gates.notWorse)
    refuse("gate maxAucLoss says the same as notWorse; declare one");
  for (const kind of ["minimum", "maximum"] as const) {
    for (const [metric, limit] of Object.entries(gates[kind] ?? {})) {
      if (!METRIC.test(metric)) refuse(`gate ${kind}: ${JSON.stringify(metric)} is no metric's name`);
      if (!Number.isFinite(limit)) refuse(`gate ${kind}.${metric} ${limit} must be a number`);
    }
  }
  checkNotWorse(resolveGates(gates).notWorse, refuse);
  const { fairness } = resolveGates(gates);
  if (fairness) checkFairness(fairness, attributes, refuse);
}

function checkNotWorse(gate: Required<NotWorseGate>, refuse: (problem: string) => never): void {
  const { metric, maxLoss, confidence, resamples, seed } = gate;
  if (!COMPARED_METRICS.includes(metric))
    refuse(`gate notWorse.metric ${JSON.stringify(metric)} must be one of ${COMPARED_METRICS.join(", ")}`);
  if (!(maxLoss >= 0)) refuse(`gate notWorse.maxLoss ${maxLoss} must be at least 0`);
  if (!(confidence >= 0.5 && confidence < 1))
    refuse(`gate notWorse.confidence ${confidence} must be at least 0.5 and below 1`);
  if (!(Number.isInteger(resamples) && resamples >= 100 && resamples <= 10_000))
    refuse(`gate notWorse.resamples ${resamples} must be a whole number from 100 to 10000`);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
    refuse(`gate notWorse.seed ${seed} must be a whole number from 0 to 4294967295`);
}

function checkFairness(
  { attribute, measure, maxGap, minRows }: Required<FairnessGate>,
  attributes: readonly string[],
  refuse: (problem: string) => never,
): void {
  if (!attributes.includes(attribute))
    refuse(`gate fairness.attribute ${attribute} is no column of the entity source`);
  if (!FAIRNESS_MEASURES.includes(measure))
    refuse(`gate fairness.measure ${JSON.stringify(measure)} must be one of ${FAIRNESS_MEASURES.join(", ")}`);
  if (!(maxGap >= 0 && maxGap <= 1)) refuse(`gate fairness.maxGap ${maxGap} must be between 0 and 1`);
  if (!(Number.isInteger(minRows) && minRows >= 1))
    refuse(`gate fairness.minRows ${minRows} must be a whole number, 1 or more`);
}
