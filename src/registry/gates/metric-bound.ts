import {
  type GateDeclaration,
  maximumDeclaration,
  minimumDeclaration,
} from "../../definitions/language/gates.js";
import { defineGate, type Verdict } from "./gate.js";

type Side = "min" | "max";

const metricBound = (side: Side, declaration: GateDeclaration<Record<string, number>>) =>
  defineGate({
    name: `${side}_<metric>`,
    passesWhen: `the metric of its training run is at ${side === "min" ? "least" : "most"} the limit; a metric the run does not have fails`,
    declaration,
    needs: ["metrics"],
    forcible: true,
    async judge(limits, evidence) {
      const metrics = await evidence.metrics();
      return Object.entries(limits).map(([name, limit]) => bound(side, name, metrics[name], limit));
    },
  });

export const minMetric = metricBound("min", minimumDeclaration);
export const maxMetric = metricBound("max", maximumDeclaration);

function bound(side: Side, metric: string, value: number | undefined, limit: number): Verdict {
  const name = `${side}_${metric}`;
  const asked = `at ${side === "min" ? "least" : "most"} ${limit} asked`;
  if (value === undefined) {
    return { name, passed: false, message: `held-out ${metric} unknown, ${asked}`, value: null, limit };
  }
  const passed = side === "min" ? value >= limit : value <= limit;
  return { name, passed, message: `held-out ${metric} ${value.toFixed(4)}, ${asked}`, value, limit };
}
