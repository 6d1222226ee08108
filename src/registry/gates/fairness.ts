import { fairnessDeclaration as declaration, type Fairness } from "../../definitions/language/gates.js";
import type { GroupRate } from "../evidence.js";
import { defineGate, type Verdict } from "./gate.js";

export const fairness = defineGate({
  name: "fairness",
  passesWhen:
    "the greatest difference of the rate between groups with `minRows` rows is at most `maxGap`; with fewer than two such groups it fails",
  declaration,
  needs: ["groupRates"],
  forcible: true,
  judge: async (options, evidence) => [judgeGroups(options, await evidence.groupRates(options))],
});

/** The greatest difference of the rate between groups large enough to have one. */
function judgeGroups(
  { attribute, measure, maxGap, minRows }: Fairness,
  groups: readonly GroupRate[] | null,
): Verdict {
  const details = { attribute, measure, minRows, groups };
  if (!groups) {
    const message = `${measure} by ${attribute}: its run held out no rows that are known here`;
    return { passed: false, message, value: null, limit: maxGap, details };
  }
  const compared = groups.filter((group) => group.rate !== null && restsOn(group) >= minRows);
  const sizes = groups.map(describe).join(", ");
  if (compared.length < 2) {
    const message = `${measure} by ${attribute} cannot be compared: fewer than two groups have ${minRows} rows; ${sizes}`;
    return { passed: false, message, value: null, limit: maxGap, details };
  }
  const rates = compared.map(({ rate }) => rate!);
  const gap = Math.max(...rates) - Math.min(...rates);
  const message = `${measure} by ${attribute} differs by ${gap.toFixed(4)}, at most ${maxGap} asked; ${sizes}`;
  return { passed: gap <= maxGap, message, value: gap, limit: maxGap, details };
}

/** The rows a group's rate is a share of. */
const restsOn = ({ measure, rows, positives }: GroupRate): number =>
  measure === "true_positive_rate" ? positives : rows;

const describe = (group: GroupRate): string =>
  `${group.group ?? "(empty)"} ${group.rate === null ? "none" : group.rate.toFixed(4)} of ${restsOn(group)}`;
