import { bool, date, float, int, string } from "../../../src/definitions/language/column.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../../src/definitions/language/deployment.js";
import { expectColumn, expectSql } from "../../../src/definitions/language/expectation.js";
import { projectFile } from "../../../src/values/project-root.js";

const user = entity("user", { key: "user_id", description: "A customer of the streaming service." });

const users = source("users", {
  columns: {
    signup_date: date(),
    user_gender: string({ oneOf: ["Female", "Male"] }),
    user_is_senior: bool(),
    has_family: bool(),
    has_dependents: bool(),
  },
  // Plausibility is reported and keeps nothing out: only what the tables and the model rely on does.
  expectations: [
    expectColumn("signup_date").dateBetween("2000-01-01", "2099-12-31", { severity: "WARNING" }),
  ],
});

const subscriptions = source("subscriptions", {
  columns: {
    months_active: int({ min: 0, description: "Months since the subscription began." }),
    plan_stream_tv: bool({ description: "Streams TV; empty without an internet service." }),
    plan_stream_movies: bool({ description: "Streams movies; empty without an internet service." }),
    contract_type: string({ oneOf: ["Month-to-month", "One year", "Two year"] }),
    paperless_billing: bool({ description: "Billed without paper." }),
    monthly_fee: float({ min: 0, description: "Fee a month, in dollars." }),
    total_paid: float({ min: 0 }),
    net_service: string({ oneOf: ["DSL", "Fiber optic", "No"], description: "Kind of internet service." }),
  },
  expectations: [
    expectSql(
      "no_streaming_without_internet",
      "select * from {batch} where net_service = 'No' and (plan_stream_tv or plan_stream_movies)",
      { severity: "WARNING" },
    ),
  ],
});

const usage = source("usage_agg_30d", {
  columns: {
    watch_hours_30d: float({ min: 0, description: "Hours watched in the last 30 days." }),
    avg_session_mins_7d: float({ min: 0, description: "Mean session length in the last 7 days, minutes." }),
    unique_devices_30d: int({ min: 0, description: "Devices used in the last 30 days." }),
    skips_7d: int({ min: 0, description: "Skips in the last 7 days." }),
    rebuffer_events_7d: int({ min: 0, description: "Rebuffering events in the last 7 days." }),
  },
});

const payments = source("payments_agg_90d", {
  columns: { failed_payments_90d: int({ min: 0, description: "Failed payments in the last 90 days." }) },
});

const support = source("support_agg_90d", {
  columns: {
    support_tickets_90d: int({ min: 0, description: "Support tickets in the last 90 days." }),
    ticket_avg_resolution_hrs_90d: float({ min: 0, description: "Mean time to resolve a ticket, hours." }),
  },
});

const labels = source("labels", { columns: { churn_label: bool({ required: true }) } });

const views = [
  featureView("subs_profile", {
    source: subscriptions,
    features: [
      "months_active",
      "monthly_fee",
      "paperless_billing",
      "plan_stream_tv",
      "plan_stream_movies",
      "net_service",
    ],
    description: "The subscription as it stands.",
  }),
  featureView("usage_agg_30d", {
    source: usage,
    features: [
      "watch_hours_30d",
      "avg_session_mins_7d",
      "unique_devices_30d",
      "skips_7d",
      "rebuffer_events_7d",
    ],
    description: "How much and how smoothly the user watched.",
  }),
  featureView("payments_agg_90d", {
    source: payments,
    features: ["failed_payments_90d"],
    description: "Payments that failed.",
  }),
  featureView("support_agg_90d", {
    source: support,
    features: ["support_tickets_90d", "ticket_avg_resolution_hrs_90d"],
    description: "Contacts with support.",
  }),
];

/**
 * What tests serve unless they say otherwise, whatever src/definitions says: an adopter's clone has the same tests.
 * The global setup writes its migrations.
 */
export const testing = deployment({
  name: "testing",
  migrations: projectFile(".test-dist/migrations"),
  entity: user,
  entitySource: users,
  sources: [users, subscriptions, usage, payments, support, labels],
  views,
  services: [
    featureService("churn", {
      views,
      label: { source: labels, column: "churn_label" },
      gates: { minimum: { auc: 0.6 }, notWorse: { metric: "auc", maxLoss: 0.02 } },
      description: "Will this customer leave next month?",
    }),
  ],
});

export { testing as definitions };
