import type { Account } from "./accounts.js";
import type { Activity } from "./activity.js";
import { logistic } from "./random.js";

/**
 * In January tenure, contract and network decide. In February they say less and the monthly records say more, so a
 * model of January loses on February: something for promotion gates and for comparing models.
 */
export function churnProbability(month: number, account: Account, activity: Activity): number {
  return logistic(month === 0 ? januaryScore(account, activity) : februaryScore(account, activity));
}

function januaryScore(account: Account, activity: Activity): number {
  const fiber = account.netService === "Fiber optic";
  let score = -1.83;
  score -= 0.038 * account.monthsActive;
  score += 0.012 * (account.monthlyFee - 65);
  if (account.contractType === "Month-to-month") score += 1.3;
  if (account.contractType === "Two year") score -= 0.6;
  if (fiber) score += 0.6;
  if (account.paperlessBilling) score += 0.25;
  if (fiber && account.monthsActive < 12) score += 0.5;
  return score + recordScore(activity);
}

function februaryScore(account: Account, activity: Activity): number {
  let score = -1.87;
  score -= 0.026 * account.monthsActive;
  score += 0.01 * (account.monthlyFee - 65);
  if (account.contractType === "Month-to-month") score += 0.7;
  if (account.netService === "Fiber optic") score += 0.3;
  return score + 1.35 * recordScore(activity);
}

function recordScore(activity: Activity): number {
  let score = 0.5 * activity.supportTickets + 0.6 * activity.failedPayments;
  score -= 0.07 * (activity.watchHours - 30);
  score += 0.12 * (activity.rebufferEvents - 2);
  score += 0.03 * (activity.ticketResolutionHours - 10) * activity.supportTickets;
  if (activity.supportTickets > 0 && activity.failedPayments > 0) score += 0.6;
  return score;
}
