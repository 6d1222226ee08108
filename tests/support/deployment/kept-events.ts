// A shop that keeps so many days of its events.
import {
  count,
  type Deployment,
  days,
  deployment,
  entity,
  featureView,
  float,
  int,
  source,
  string,
  sum,
  timestamp,
} from "asof/definitions";

export const customer = entity("customer", { key: "customer_id" });
export const customers = source("customers", { columns: { region: string() } });
export const columns = { order_no: int(), at: timestamp(), dollars: float() };
export const orders = source("orders", {
  eventTime: "at",
  eventKey: ["order_no"],
  retention: { keepDays: 91 },
  columns,
});
const visits = source("visits", {
  eventTime: "at",
  eventKey: ["visit_no"],
  onInvalid: "quarantine",
  delivered: "sometimes",
  columns: { visit_no: int(), at: timestamp() },
});
/** @param spendDays how far back the window over orders sees @param keepDays of orders */
export const shop = (spendDays: number | null = 60, keepDays: number | null = 91): Deployment => {
  const kept = { ...orders, retention: keepDays === null ? undefined : { keepDays } } as typeof orders;
  return deployment({
    name: "shop",
    entity: customer,
    entitySource: customers,
    sources: [customers, kept, visits],
    views: [
      featureView("spending", {
        source: kept,
        features: { spend: spendDays === null ? sum("dollars") : sum("dollars", days(spendDays)) },
      }),
      featureView("visiting", { source: visits, features: { visits_30d: count(days(30)) } }),
    ],
    services: [],
  });
};

export const definitions = shop();
