import { bool, float, int, string } from "../../src/definitions/language/column.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import type { Files } from "./delivery.js";

const customer = entity("customer", { key: "customer_id", description: "Who has an account." });

const customers = source("customers", { columns: { region: string(), user_id: string() } });
const accounts = source("accounts", { columns: { balance: float(), overdrafts: int({ min: 0 }) } });
const cards = source("cards", { columns: { card_kind: string(), spent: float({ min: 0 }), trips: int() } });
const outcomes = source("outcomes", {
  columns: { defaulted: bool({ required: true }), upgraded: bool({ required: true }) },
});

const balances = featureView("balances", { source: accounts, features: ["balance", "overdrafts"] });
const spending = featureView("spending", { source: cards, features: ["card_kind", "spent", "trips"] });

const gates = { minimum: { auc: 0.5 } };

/** Nothing of it is called as in the test deployment: another entity and key, two services that share no view. */
export const bank = deployment({
  name: "bank",
  entity: customer,
  entitySource: customers,
  sources: [customers, accounts, cards, outcomes],
  views: [balances, spending],
  services: [
    featureService("default_risk", {
      views: [balances],
      label: { source: outcomes, column: "defaulted" },
      gates,
    }),
    featureService("upsell", {
      views: [spending],
      label: { source: outcomes, column: "upgraded" },
      gates,
    }),
  ],
});

export const customerIds = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `C-${String(i).padStart(4, "0")}`);

/** A delivery of `bank`: overdrafts say who defaults, spending who upgrades. */
export function bankDelivery(ids: readonly string[]): Files {
  const rows = (header: string, row: (i: number) => string): string[] => [
    `customer_id,${header}`,
    ...ids.map((id, i) => `${id},${row(i)}`),
  ];
  const flag = (is: boolean): string => (is ? "True" : "False");
  return {
    customers: rows("region,user_id", (i) => `${i % 2 ? "north" : "south"},login-${i}`),
    accounts: rows("balance,overdrafts", (i) => `${i}.5,${i % 4}`),
    cards: rows("card_kind,spent,trips", (i) => `${i % 2 ? "gold" : "plain"},${(i * 7) % 50},${i % 3}`),
    outcomes: rows("defaulted,upgraded", (i) => `${flag(i % 4 === 3)},${flag((i * 7) % 50 > 25)}`),
  };
}
