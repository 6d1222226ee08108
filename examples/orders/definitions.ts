// A shop: customers and what they ordered. Its orders are events, many rows a customer; what a model learns from are windows over
// them, as of each month's end.
import {
  bool,
  count,
  date,
  days,
  daysSince,
  decimal,
  deployment,
  distinct,
  entity,
  featureService,
  featureView,
  float,
  int,
  last,
  max,
  mean,
  source,
  string,
  sum,
  timestamp,
} from "asof/definitions";

const customer = entity("customer", { key: "customer_id", description: "Who orders." });

const customers = source("customers", {
  columns: {
    joined_on: date({ required: true, description: "When they signed up." }),
    region: string({ oneOf: ["north", "south", "east", "west"], description: "Where they live." }),
  },
});

const orders = source("orders", {
  eventTime: "ordered_at",
  eventKey: ["order_no"],
  deleted: "cancelled",
  columns: {
    order_no: int({ from: "Order" }),
    ordered_at: timestamp({ zone: "Europe/Berlin", description: "By the shop's clock." }),
    dollars: float({ from: "Order Value", min: 0 }),
    tax: decimal(10, 2),
    items: int({ min: 1 }),
    channel: string({ oneOf: ["web", "store", "phone"] }),
    cancelled: bool({ true: ["yes"], false: ["no"] }),
  },
});

const outcomes = source("outcomes", {
  columns: { left: bool({ required: true, description: "Whether they order nothing in the next 60 days." }) },
});

const profile = featureView("profile", { source: customers, features: ["region"] });

const spending = featureView("spending", {
  source: orders,
  features: {
    spend_90d: sum("dollars", days(90)),
    orders_90d: count(days(90)),
    web_orders_90d: count(days(90), { where: { channel: "web" } }),
    large_orders: count({ where: { dollars: { atLeast: 100 } } }),
    mean_basket: mean("dollars", days(365)),
    tax_paid: sum("tax"),
    channels: distinct("channel", days(365)),
    last_channel: last("channel"),
    last_order: daysSince(max("ordered_at")),
  },
  description: "What a customer ordered, up to the end of the date in UTC.",
});

export const definitions = deployment({
  name: "orders",
  entity: customer,
  entitySource: customers,
  sources: [customers, orders, outcomes],
  views: [profile, spending],
  services: [
    featureService("churn", {
      views: [profile, spending],
      label: { source: outcomes, column: "left" },
      gates: { minimum: { auc: 0.6 } },
      description: "Will this customer stop ordering?",
    }),
  ],
});
