import type { Deployment, FeatureService } from "../../definitions/language/deployment.js";
import { readGate } from "../../definitions/language/gates.js";
import { Registry, UnknownNameError } from "../../values/registry.js";
import type { GateResult } from "../model.js";
import { fairness } from "./fairness.js";
import type { Gate, GateEvidence } from "./gate.js";
import { maxMetric, minMetric } from "./metric-bound.js";
import { notWorseThanProduction } from "./not-worse-than-production.js";
import { reproduced } from "./reproduced.js";
import { signatureCompatible } from "./signature-compatible.js";
import { snapshotValidated } from "./snapshot-validated.js";

/** In the order in which they are judged and reported. */
export const builtInGates = [
  snapshotValidated,
  signatureCompatible,
  minMetric,
  maxMetric,
  notWorseThanProduction,
  reproduced,
  fairness,
] as const satisfies readonly Gate[];

export const gates = new Registry<Gate>("gate", builtInGates);

/** A gate that a service asks for, with its options. */
interface Asked {
  gate: Gate;
  options: unknown;
}

/** Short for others, which have keys of their own. */
const SHORT = ["minAuc", "maxAucLoss"];

/**
 * The gates of a service, in the registry's order.
 * @throws {Error} an option is out of its range, or there is no such gate; the message names it
 */
export function gatesOf(
  service: FeatureService,
  { entitySource }: Pick<Deployment, "entitySource">,
): Asked[] {
  const refuse = (problem: string): never => {
    throw new Error(`service ${service.name}: ${problem}`);
  };
  const attributes = Object.keys(entitySource.columns);
  const known = new Set(SHORT);
  const asked: Asked[] = [];
  for (const gate of gates) {
    if (gate.declaration === "always") {
      asked.push({ gate, options: {} });
      continue;
    }
    known.add(gate.declaration.key);
    const options = readGate(service.gates, gate.declaration, attributes, refuse);
    if (options !== null) asked.push({ gate, options });
  }
  const unknown = Object.keys(service.gates).find((key) => !known.has(key));
  if (unknown !== undefined) refuse(new UnknownNameError("gate", unknown, [...known]).message);
  return asked;
}

/** Checks every service's gates against the records that are there. @throws what `gatesOf` throws */
export function checkDeclaredGates(deployment: Pick<Deployment, "services" | "entitySource">): void {
  for (const service of deployment.services) gatesOf(service, deployment);
}

export interface GateOutcome {
  gates: GateResult[];
  /** The names of those that failed and that `force` does not pass over. */
  unforcible: string[];
}

/** Every gate's verdict with the numbers it was reached by; all must pass for Production. */
export async function judge(asked: readonly Asked[], evidence: GateEvidence): Promise<GateOutcome> {
  const judged: GateOutcome = { gates: [], unforcible: [] };
  for (const { gate, options } of asked) {
    const needed = Object.fromEntries(
      gate.needs.map((name) => [name, evidence[name]]),
    ) as unknown as GateEvidence;
    for (const { name = gate.name, ...verdict } of await gate.judge(options, needed)) {
      judged.gates.push({ name, ...verdict });
      if (!verdict.passed && !gate.forcible) judged.unforcible.push(name);
    }
  }
  return judged;
}
