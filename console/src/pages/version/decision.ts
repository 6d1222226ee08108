import type { VersionQuery } from "../../graphql/graphql.js";
import { formatNumber, formatPercent } from "../../parts/format.js";

type Decision = NonNullable<NonNullable<NonNullable<VersionQuery["modelVersion"]>["evaluation"]>["decision"]>;

/** How the threshold was chosen, and what it makes of the rows that it was chosen on. */
export function chosenBy({ kind, settings, rows, precision, recall, f1 }: Decision): string {
  const numbers = Object.entries((settings ?? {}) as Record<string, number>).map(
    ([name, value]) => `${inLowerCase(name)} ${formatNumber(value)}`,
  );
  const how = [kind, ...numbers].join(", ");
  return `${how}; on ${formatNumber(rows)} training rows out of fold: precision ${formatPercent(precision)}, recall ${formatPercent(recall)}, f1 ${formatNumber(f1)}`;
}

/** What is in the model, and what was asked for where that is something else. */
export const calibrationOf = ({ calibration, calibrationAsked }: Decision): string =>
  calibration === calibrationAsked ? calibration : `${calibration} (${calibrationAsked} was asked for)`;

/** `falsePositive` is `false positive`. */
const inLowerCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
