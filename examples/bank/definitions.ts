// A bank: customers, the accounts they have, and what happened on each account. An account belongs to a customer, and may go
// over to another one: a training row of January is joined with the customer that the account had in January.
import {
  bool,
  deployment,
  entity,
  featureService,
  featureView,
  float,
  int,
  source,
  string,
} from "asof/definitions";

const customer = entity("customer", { key: "customer_id", description: "Who has accounts." });
const account = entity("account", {
  key: "account_id",
  belongsTo: customer,
  description: "What a customer pays with.",
});

const customers = source("customers", {
  of: customer,
  columns: {
    region: string({ oneOf: ["north", "south", "east", "west"], description: "Where they live." }),
    income: float({ min: 0, description: "Income a month." }),
    years_with_bank: int({ min: 0, description: "Whole years since the first account." }),
    left_bank: bool({ required: true, description: "Whether they closed every account in the next month." }),
  },
});

/** One row for each account: whose it is stands in the key's column of the entity it belongs to. */
const accounts = source("accounts", {
  of: account,
  columns: {
    customer_id: string({ required: true, description: "Whose account it is." }),
    kind: string({ oneOf: ["current", "savings", "joint"], description: "Kind of account." }),
    credit_limit: float({ min: 0, description: "What it may be overdrawn by." }),
  },
});

const usage = source("account_usage", {
  of: account,
  columns: {
    balance: float({ description: "At the end of the month." }),
    card_spend_30d: float({ min: 0, description: "Paid by card in the last 30 days." }),
    late_fees_90d: int({ min: 0, description: "Late fees in the last 90 days." }),
    overdrawn: bool({ required: true, description: "Whether it went over its limit in the next month." }),
  },
});

const household = featureView("household", {
  source: customers,
  features: ["region", "income", "years_with_bank"],
  description: "Who the customer is.",
});
const terms = featureView("terms", {
  source: accounts,
  features: ["kind", "credit_limit"],
  description: "What was agreed on the account.",
});
const activity = featureView("activity", {
  source: usage,
  features: ["balance", "card_spend_30d", "late_fees_90d"],
  description: "What happened on the account.",
});

const attrition = featureService("attrition", {
  views: [household],
  label: { source: customers, column: "left_bank" },
  gates: { minimum: { auc: 0.6 } },
  description: "Whether a customer leaves the bank.",
});

/** About an account, because its label is; `household` is joined by the account's `customer_id`, as of the date. */
const overdraft = featureService("overdraft", {
  views: [terms, activity, household],
  label: { source: usage, column: "overdrawn" },
  gates: { minimum: { auc: 0.6 } },
  description: "Whether an account is overdrawn beyond its limit.",
});

export const definitions = deployment({
  name: "bank",
  entities: [customers, accounts],
  sources: [customers, accounts, usage],
  views: [household, terms, activity],
  services: [attrition, overdraft],
});
