import {
  binary,
  bool,
  cost,
  deployment,
  derived,
  entity,
  featureService,
  featureView,
  float,
  from,
  int,
  request,
  source,
  string,
  when,
} from "asof/definitions";

const applicant = entity("applicant", { key: "applicant_id", description: "Who asks for a loan." });

const applicants = source("applicants", {
  columns: {
    // Who may not see what people earn gets no burden of theirs either: it is computed of it.
    income: float({ min: 0, personal: true, description: "Net income a month." }),
    employed_months: int({ min: 0, description: "Months with the present employer; empty without one." }),
    housing: string({ oneOf: ["rent", "own", "free"] }),
  },
});

/** The loan that was asked for: what a request brings is learnt from it. */
const applications = source("applications", {
  columns: {
    amount: float({ required: true, min: 100, max: 50_000, description: "What is asked for." }),
    months: int({ required: true, min: 3, max: 84, description: "To pay it back in." }),
    purpose: string({ oneOf: ["car", "furniture", "education", "other"] }),
  },
});

const history = source("payment_history", {
  columns: {
    open_loans: int({ min: 0 }),
    late_payments: int({ min: 0, description: "In the last two years." }),
    savings: float({ personal: true, description: "Below zero where overdrawn." }),
  },
});

const outcomes = source("outcomes", { columns: { defaulted: bool({ required: true }) } });

const profile = featureView("profile", {
  source: applicants,
  features: ["income", "employed_months", "housing"],
});
const payments = featureView("payments", {
  source: history,
  features: ["open_loans", "late_payments", "savings"],
});

const ask = request({
  amount: from(applications.amount),
  months: from(applications.months),
  purpose: from(applications.purpose),
});

const burden = derived("burden", ask.amount.div(ask.months).div(profile.income), {
  description: "The share of an income that a month's payment takes.",
});
const reserve = derived("reserve", when(payments.savings.lt(0), 0, payments.savings.div(ask.amount).min(10)));
const tenure = derived("tenure", profile.employed_months.bucket([6, 24, 120]));

export const definitions = deployment({
  name: "credit",
  entity: applicant,
  entitySource: applicants,
  sources: [applicants, applications, history, outcomes],
  views: [profile, payments],
  services: [
    featureService("default_risk", {
      features: [profile, payments.pick("late_payments", "savings"), ask, burden, reserve, tenure],
      // A loan that is not paid back costs eight times what a customer who was sent away would have brought.
      task: binary(outcomes.defaulted, { threshold: cost({ falsePositive: 1, falseNegative: 8 }) }),
      gates: { minimum: { auc: 0.6 } },
      description: "Will this loan be paid back?",
    }),
  ],
});
