import { notWorseDeclaration } from "../../definitions/language/gates.js";
import { comparedMetrics } from "../../values/task.js";
import type { Comparison } from "../evidence.js";
import { defineGate } from "./gate.js";

export const notWorseThanProduction = defineGate({
  name: "not_worse_than_production",
  passesWhen:
    'the lower bound of the paired bootstrap interval of (candidate − Production), of `rmse` and `mae` as a share of Production\'s, is not below −`maxLoss`; "not applicable" where Production cannot answer',
  declaration: notWorseDeclaration,
  needs: ["production", "comparison"],
  forcible: true,
  async judge(options, evidence) {
    const production = evidence.production()?.version;
    if (production === undefined) return [{ passed: true, message: "nothing is in Production" }];
    const { metric, maxLoss } = options;
    const limit = -maxLoss;
    const { comparison, problem, productionProblem } = await evidence.comparison(options);
    if (productionProblem) {
      const details = { production, problem: productionProblem };
      return [{ passed: true, message: notApplicable(production, productionProblem), limit, details }];
    }
    if (!comparison) {
      const message = `it cannot be compared with Production version ${production}: ${problem}`;
      return [{ passed: false, message, limit, details: { production, problem } }];
    }
    const { difference } = comparison;
    const passed = difference.lower >= limit;
    const [own, others] = [comparison.candidate[metric]!, comparison.production[metric]!];
    const message =
      `${metric} ${own.toFixed(4)}, Production version ${production} has ${others.toFixed(4)} ` +
      `on the same held-out rows; ${describeDifference(comparison)}${leftOut(comparison)}; ` +
      `a loss up to ${maxLoss} is accepted${passed ? "" : whyRefused(difference.upper, maxLoss)}`;
    return [{ passed, message, value: difference.lower, limit, details: { ...comparison } }];
  },
});

/** Recorded where a version replaces one that could not be served. */
export const notApplicable = (production: number, problem: string): string =>
  `not applicable: Production cannot answer (version ${production}: ${problem})`;

function leftOut({ rows, unanswered }: Comparison): string {
  if (!unanswered) return "";
  return `; ${unanswered} of ${rows + unanswered} rows are left out, as Production has no answer to them`;
}

function whyRefused(upper: number, maxLoss: number): string {
  return upper < -maxLoss ? "" : " and cannot be ruled out";
}

/** `difference +0.0021, 95 % interval -0.0030 to +0.0071 over 1761 rows of 2024-02-29 that neither was trained on` */
export function describeDifference({ difference, rows, asOf }: Comparison): string {
  const { observed, lower, upper, confidence } = difference;
  const { difference: kind } = comparedMetrics.get(difference.metric)!;
  return (
    `${kind === "share" ? "relative difference" : "difference"} ${signed(observed)}, ${Number((confidence * 100).toFixed(2))} % interval ` +
    `${signed(lower)} to ${signed(upper)} over ${rows} rows of ${asOf} that neither was trained on`
  );
}

const signed = (value: number): string => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
