import type { Account } from "./accounts.js";
import { churnProbability } from "./churn.js";
import { clamp, Random } from "./random.js";

/** One user's row of the four files that change every month. */
export interface Activity {
  watchHours: number;
  avgSessionMins: number;
  uniqueDevices: number;
  skips: number;
  rebufferEvents: number;
  failedPayments: number;
  supportTickets: number;
  ticketResolutionHours: number;
}

export interface Month {
  activity: Activity[];
  churned: boolean[];
}

export function generateMonths(seed: number, accounts: readonly Account[]): Month[] {
  const january = new Random(seed, "activity of month 0");
  const first = accounts.map((account) => firstActivity(account, january));
  const february = new Random(seed, "activity of month 1");
  const second = first.map((activity) => nextActivity(activity, february));
  return [first, second].map((activity, month) => {
    const random = new Random(seed, `churn of month ${month}`);
    return {
      activity,
      churned: accounts.map((account, i) => random.chance(churnProbability(month, account, activity[i]!))),
    };
  });
}

function firstActivity(account: Account, random: Random): Activity {
  const base = { "Fiber optic": 30, DSL: 26.5, No: 23 }[account.netService];
  const plans = (account.streamTv ? 3 : 0) + (account.streamMovies ? 3 : 0);
  const watchHours = clamp(base + plans + random.normal(0, 5.5), 1, 60);
  return {
    watchHours,
    avgSessionMins: clamp(18 + 0.36 * watchHours + random.normal(0, 4), 3, 90),
    uniqueDevices: 1 + random.below(3),
    skips: random.poisson(5),
    rebufferEvents: random.poisson(account.netService === "DSL" ? 2.7 : 2.1),
    failedPayments: random.poisson(0.16),
    supportTickets: random.poisson(0.3),
    ticketResolutionHours: clamp(random.normal(10, 4), 1, 30),
  };
}

/** Viewing sinks by 2 %, one user in four rebuffers once more, a few fail a payment or open a ticket more. */
function nextActivity(before: Activity, random: Random): Activity {
  return {
    ...before,
    watchHours: before.watchHours * clamp(random.normal(0.98, 0.03), 0.8, 1.15),
    rebufferEvents: before.rebufferEvents + (random.chance(0.26) ? 1 : 0),
    failedPayments: before.failedPayments + (random.chance(0.03) ? 1 : 0),
    supportTickets: before.supportTickets + (random.chance(0.05) ? 1 : 0),
  };
}
