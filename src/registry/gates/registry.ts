import { about, collectContradictions, type Refuse } from "../../definitions/language/contradictions.js";
import type { Deployment, FeatureService } from "../../definitions/language/deployment.js";
import { entityOfService, entitySourceOf } from "../../definitions/language/entities.js";
import { taskOfService } from "../../definitions/language/feature-service.js";
import { readGate } from "../../definitions/language/gates.js";
import { Registry, UnknownNameError } from "../../values/registry.js";
import { BINARY } from "../../values/task.js";
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
 * @throws {DefinitionError} an option is out of its range, or there is no such gate; the message names it
 */
export function gatesOf(service: FeatureService, deployment: Pick<Deployment, "entities">): Asked[] {
  let asked: Asked[] = [];
  collectContradictions((refuse) => {
    asked = readGates(service, deployment, about(`service ${service.name}`, refuse));
  });
  return asked;
}

function readGates(
  service: FeatureService,
  deployment: Pick<Deployment, "entities">,
  refuse: Refuse,
): Asked[] {
  const attributes = Object.keys(entitySourceOf(deployment, entityOfService(deployment, service)).columns);
  // A label of another type is refused where services are checked.
  const task = taskOfService(service) ?? BINARY;
  const known = new Set(SHORT);
  const asked: Asked[] = [];
  for (const gate of gates) {
    if (gate.declaration === "always") {
      asked.push({ gate, options: {} });
      continue;
    }
    known.add(gate.declaration.key);
    const options = readGate(service.gates, gate.declaration, { attributes, task }, refuse);
    if (options !== null) asked.push({ gate, options });
  }
  for (const key of Object.keys(service.gates)) {
    if (!known.has(key)) refuse(new UnknownNameError("gate", key, [...known]).message);
  }
  return asked;
}

/** Checks every service's gates against the records that are there. */
export function checkDeclaredGates(
  deployment: Pick<Deployment, "services" | "entities">,
  refuse: Refuse,
): void {
  for (const service of deployment.services)
    readGates(service, deployment, about(`service ${service.name}`, refuse));
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
