import { bool, decimal, float, int, string } from "../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { regressionTask as regression } from "../../src/definitions/language/learns.js";
import { murmur3 } from "../../src/training/murmur3.js";
import type { Files } from "./delivery.js";

/** Customers whose orders of the last months are known, and what they spend in the next. */
export function shop(): Deployment {
  const customer = entity("customer", { key: "customer_id" });
  const customers = source("customers", {
    columns: { region: string({ oneOf: ["north", "south", "west"] }), is_member: bool() },
  });
  const orders = source("orders", {
    columns: { orders_90d: int({ min: 0 }), basket: float({ min: 0 }), returns: int() },
  });
  const outcomes = source("outcomes", { columns: { spend: decimal(12, 2) } });
  const profile = featureView("profile", { source: customers, features: ["region", "is_member"] });
  const buying = featureView("buying", {
    source: orders,
    features: ["orders_90d", "basket", "returns"],
  });
  return deployment({
    name: "shop",
    entity: customer,
    entitySource: customers,
    sources: [customers, orders, outcomes],
    views: [profile, buying],
    services: [
      featureService("spend", {
        features: [profile, buying],
        task: regression(outcomes.spend),
        gates: { maximum: { rmse: 60 }, minimum: { r2: 0.3 } },
      }),
    ],
  });
}

export const customerId = (i: number): string => `C${String(i).padStart(4, "0")}`;
const uniform = (i: number, salt: number): number => murmur3(String(i), salt) / 2 ** 32;

/** @param month seeds what changes from month to month @param grown what all labels are multiplied by */
export function shopDelivery(customers: number, month: number, grown = 1): Files {
  const rows = (header: string, row: (i: number) => string) => [
    `customer_id,${header}`,
    ...Array.from({ length: customers }, (_, i) => `${customerId(i)},${row(i)}`),
  ];
  const region = (i: number) => ["north", "south", "west"][i % 3]!;
  const isMember = (i: number) => uniform(i, 1) < 0.4;
  const orders = (i: number) => Math.floor(12 * uniform(i, 10 + month) ** 2);
  const basket = (i: number) => Math.round(2_000 * (10 + 60 * uniform(i, 30 + month))) / 2_000;
  const returns = (i: number) =>
    uniform(i, 50 + month) < 0.2 ? "" : String(Math.floor(3 * uniform(i, 70 + month)));
  const spend = (i: number) => {
    const noise = 40 * (uniform(i, 90 + month) + uniform(i, 91 + month) - 1);
    const mean = 20 + orders(i) * basket(i) * 0.5 + (isMember(i) ? 45 : 0) + (i % 3 === 1 ? 20 : 0);
    return (grown * Math.max(0, mean + noise)).toFixed(2);
  };
  return {
    customers: rows("region,is_member", (i) => `${region(i)},${isMember(i)}`),
    orders: rows("orders_90d,basket,returns", (i) => `${orders(i)},${basket(i)},${returns(i)}`),
    outcomes: rows("spend", spend),
  };
}
