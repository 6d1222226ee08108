import { bool, float, int, string } from "../../src/definitions/language/column.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";

const meter = entity("meter", { key: "meter_id" });

const meters = source("meters", { delivered: "sometimes", columns: { district: string() } });
const readings = source("readings", {
  delivered: "sometimes",
  columns: { kwh: float({ min: 0 }), outages: int({ min: 0 }) },
});
const bills = source("bills", {
  delivered: "sometimes",
  columns: { amount: float({ min: 0 }), overdue: bool() },
});
const outcomes = source("outcomes", {
  delivered: "sometimes",
  columns: { cut_off: bool({ required: true }) },
});

const consumption = featureView("consumption", {
  source: readings,
  features: ["kwh", "outages"],
  ttlDays: 10,
});
const billing = featureView("billing", { source: bills, features: ["amount", "overdue"], ttlDays: 45 });

/** Electricity meters: read daily, billed monthly, cut off weeks later. Any delivery may lack any of them. */
export const grid = deployment({
  name: "grid",
  entity: meter,
  entitySource: meters,
  sources: [meters, readings, bills, outcomes],
  views: [consumption, billing],
  services: [
    featureService("cut_offs", {
      views: [consumption, billing],
      label: { source: outcomes, column: "cut_off" },
      gates: { minimum: { auc: 0.5 }, notWorse: { metric: "auc", maxLoss: 0.1 } },
    }),
  ],
});

export const meterIds = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `M-${String(i).padStart(4, "0")}`);

/** A file of the grid: one row a meter. */
export const gridFiles = {
  meters: (ids: readonly string[]) => [
    "meter_id,district",
    ...ids.map((id, i) => `${id},${i % 2 ? "north" : "south"}`),
  ],
  readings: (ids: readonly string[], plus = 0) => [
    "meter_id,kwh,outages",
    ...ids.map((id, i) => `${id},${i + plus}.5,${i % 3}`),
  ],
  bills: (ids: readonly string[], plus = 0) => [
    "meter_id,amount,overdue",
    ...ids.map((id, i) => `${id},${(i % 7) + plus},${i % 4 === 3 ? "True" : "False"}`),
  ],
  outcomes: (ids: readonly string[]) => [
    "meter_id,cut_off",
    ...ids.map((id, i) => `${id},${i % 4 === 3 ? "True" : "False"}`),
  ],
};
