import { BadUserInputError } from "../../errors/errors.js";
import type { TrainingDates } from "./training-dates.js";

export interface SplitDates extends TrainingDates {
  /** The first date that is held out; null: keys are. */
  heldOutFrom: string | null;
}

/**
 * Of a split by time: the newest `round(testFraction * dates)` are held out, at least one and not all. Dates whose labels came
 * after the first of them are left out: on that day nobody could have learnt from them.
 * @throws {BadUserInputError} there is one date only, or no date is left to train on
 */
export function splitDates(
  { dates, leftOut }: TrainingDates,
  { splitBy, testFraction }: { splitBy: "KEYS" | "TIME"; testFraction: number },
): SplitDates {
  if (splitBy === "KEYS") return { dates, leftOut, heldOutFrom: null };
  if (dates.length < 2) {
    throw new BadUserInputError(
      `splitBy: TIME holds out the newest of several dates; there is one, ${dates[0]!.asOf}; name a range (asOfFrom, asOfTo), or split by KEYS`,
      { argument: "splitBy" },
    );
  }
  const held = Math.min(dates.length - 1, Math.max(1, Math.round(testFraction * dates.length)));
  const heldOutFrom = dates.at(-held)!.asOf;
  const isKnown = ({ asOf, labelAsOf }: (typeof dates)[number]) =>
    asOf >= heldOutFrom || labelAsOf <= heldOutFrom;
  const late = dates
    .filter((date) => !isKnown(date))
    .map(({ asOf, labelAsOf }) => ({
      asOf,
      reason: `its labels are of ${labelAsOf}, after ${heldOutFrom}, the first date that is held out`,
    }));
  const left = dates.filter(isKnown);
  if (left.length === held) {
    throw new BadUserInputError(
      `splitBy: no date is left to train on: ${late.map(({ asOf, reason }) => `${asOf}: ${reason}`).join("; ")}; take a longer range`,
      { argument: "splitBy" },
    );
  }
  const all = [...leftOut, ...late].sort((a, b) => (a.asOf < b.asOf ? -1 : 1));
  return { dates: left, leftOut: all, heldOutFrom };
}
