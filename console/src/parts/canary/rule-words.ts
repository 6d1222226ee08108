import type { CanaryData } from "./canary.query.js";

const percent = (share: number): string => `${Number((share * 100).toPrecision(4))} %`;

/** What ends a canary by itself, each bound by itself. */
export function boundsOf({
  minAgreement,
  maxFallbackShare,
  metric,
  maxLoss,
}: CanaryData["stopRule"]): string[] {
  return [
    ...(typeof minAgreement === "number" ? [`both say the same on less than ${percent(minAgreement)}`] : []),
    ...(typeof maxFallbackShare === "number"
      ? [`Production has to answer more than ${percent(maxFallbackShare)} of its requests`]
      : []),
    ...(metric
      ? [`it loses more than ${maxLoss} of ${metric.replaceAll("_", " ")}, and chance does not explain it`]
      : []),
  ];
}

export function ruleInWords(rule: CanaryData["stopRule"]): string {
  const bounds = boundsOf(rule);
  if (bounds.length === 0) return "It has no stop rule: it runs until somebody ends it.";
  return `It ends by itself where, from ${rule.minRows} rows on, ${bounds.join(", or ")}.`;
}
