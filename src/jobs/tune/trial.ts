import type { TuneParams } from "./tune-params.js";

/** One fit of a trial. */
export interface Trial {
  /** From 1. */
  number: number;
  /** From 1. */
  rung: number;
  /** Of the training rows; 1 of the last rung. */
  share: number;
  /** Those of all rungs. */
  shares: readonly number[];
  runId: string;
  seconds: number;
  /** Null where it failed or ran out of time. */
  value: number | null;
  sha256: string | null;
  problem: string | null;
}

/** Stored as a step's and a child run's name: those of the first rung are those of searches that had one. */
export const nameOf = (number: number, rung: number): string =>
  rung === 1 ? `trial ${number}` : `trial ${number}, rung ${rung}`;

export const withoutShares = ({ shares: _, ...trial }: Trial) => trial;

export const ofRung = (trials: readonly Trial[], rung: number): Trial[] =>
  trials.filter((trial) => trial.rung === rung);

export function describeTrial(
  { metric, trials }: TuneParams,
  { number, rung, shares, value, problem }: Trial,
  best: Trial | null,
): string {
  const onRung = shares.length > 1 ? `, rung ${rung} of ${shares.length}` : "";
  const which = `trial ${number} of ${trials.length}${onRung}`;
  const lead = best ? `; the best was ${best.value!.toFixed(4)}, trial ${best.number}` : "";
  return value === null
    ? `${which}: ${problem}${lead}`
    : `${which}: out-of-fold ${metric} ${value.toFixed(4)}${lead}`;
}

export function describeNoFit({ timeBudgetSeconds }: TuneParams, trials: readonly Trial[]): string {
  if (trials.some(({ problem }) => problem === "out of time")) {
    return `timeBudgetSeconds: no trial finished within ${timeBudgetSeconds} s; give more time, or search smaller models`;
  }
  return `no trial could be fitted: ${trials[0]?.problem}`;
}
