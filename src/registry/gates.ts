import type { FeatureService } from "../definitions/language/deployment.js";
import { type ResolvedGates, resolveGates } from "../definitions/language/gates.js";
import type { Comparison, Evidence } from "./evidence.js";
import { judgeFairness } from "./fairness.js";
import type { GateResult, ModelSignature, ModelVersion } from "./model.js";
import type { Servability } from "./servability.js";

/** What the gates judge a candidate by. */
export interface GateEvidence {
  candidate: ModelVersion;
  servability: Servability;
  /** Of its training run, on the rows that held out. */
  metrics: Readonly<Record<string, number>>;
  /** Whether the ingest runs of the snapshots it was trained from passed validation. */
  snapshotsValidated: boolean;
  production: ModelVersion | null;
  heldOut: Evidence | null;
  reproduction: { runId: string; identical: boolean } | null;
}

/** Every gate's verdict with the numbers it was reached by; all must pass for Production. */
export function judge(service: FeatureService, evidence: GateEvidence): GateResult[] {
  const gates = resolveGates(service.gates);
  const { metrics, heldOut, reproduction } = evidence;
  return [
    validated(evidence.snapshotsValidated),
    signatureFits(evidence.candidate.signature, evidence.servability),
    ...Object.entries(gates.minimum).map(([name, limit]) => bound("min", name, metrics[name], limit)),
    ...Object.entries(gates.maximum).map(([name, limit]) => bound("max", name, metrics[name], limit)),
    notWorse(gates.notWorse, evidence.production, heldOut),
    ...(gates.reproduced ? [reproduced(reproduction)] : []),
    ...(gates.fairness ? [judgeFairness(gates.fairness, heldOut?.groups ?? null)] : []),
  ];
}

function validated(passed: boolean): GateResult {
  const message = passed
    ? "every snapshot it was trained from passed validation"
    : "a snapshot it was trained from has no passed validation";
  return { name: "snapshot_validated", passed, message };
}

/** Asked before a version is judged at all; on record with the other gates. */
function signatureFits({ features }: ModelSignature, found: Servability): GateResult {
  const name = "signature_compatible";
  const details = { features: features.length, misfits: found.servable ? [] : found.features };
  const message = found.servable
    ? `the feature service declares each of its ${features.length} features, of the same kind`
    : found.problem;
  return { name, passed: found.servable, message, details };
}

function bound(kind: "min" | "max", metric: string, value: number | undefined, limit: number): GateResult {
  const name = `${kind}_${metric}`;
  const asked = `at ${kind === "min" ? "least" : "most"} ${limit} asked`;
  if (value === undefined) {
    return { name, passed: false, message: `held-out ${metric} unknown, ${asked}`, value: null, limit };
  }
  const passed = kind === "min" ? value >= limit : value <= limit;
  return { name, passed, message: `held-out ${metric} ${value.toFixed(4)}, ${asked}`, value, limit };
}

function notWorse(
  { metric, maxLoss }: ResolvedGates["notWorse"],
  production: ModelVersion | null,
  heldOut: Evidence | null,
): GateResult {
  const name = "not_worse_than_production";
  if (!production) return { name, passed: true, message: "nothing is in Production" };
  const limit = -maxLoss;
  const { comparison, problem, productionProblem } = heldOut ?? { comparison: null, problem: "unknown" };
  if (productionProblem) {
    const details = { production: production.version, problem: productionProblem };
    return {
      name,
      passed: true,
      message: notApplicable(production.version, productionProblem),
      limit,
      details,
    };
  }
  if (!comparison) {
    const message = `it cannot be compared with Production version ${production.version}: ${problem}`;
    return { name, passed: false, message, limit, details: { production: production.version, problem } };
  }
  const { difference } = comparison;
  const passed = difference.lower >= limit;
  const [own, others] = [comparison.candidate[metric]!, comparison.production[metric]!];
  const message =
    `${metric} ${own.toFixed(4)}, Production version ${production.version} has ${others.toFixed(4)} ` +
    `on the same held-out rows; ${describeDifference(comparison)}; ` +
    `a loss up to ${maxLoss} is accepted${passed ? "" : whyRefused(difference.upper, maxLoss)}`;
  return { name, passed, message, value: difference.lower, limit, details: { ...comparison } };
}

/** On record where a version takes the place of one that nobody could be answered by. */
export const notApplicable = (production: number, problem: string): string =>
  `not applicable: Production cannot answer (version ${production}: ${problem})`;

function whyRefused(upper: number, maxLoss: number): string {
  return upper < -maxLoss ? "" : " and cannot be ruled out";
}

/** `difference +0.0021, 95 % interval -0.0030 to +0.0071 over 1761 rows of 2024-02-29 that neither was trained on` */
export function describeDifference({ difference, rows, asOf }: Comparison): string {
  const { observed, lower, upper, confidence } = difference;
  return (
    `difference ${signed(observed)}, ${Number((confidence * 100).toFixed(2))} % interval ` +
    `${signed(lower)} to ${signed(upper)} over ${rows} rows of ${asOf} that neither was trained on`
  );
}

function reproduced(reproduction: GateEvidence["reproduction"]): GateResult {
  const name = "reproduced";
  if (!reproduction) {
    const message = "its training was not reproduced yet: mutation { reproduce(runId) }";
    return { name, passed: false, message };
  }
  const { runId, identical } = reproduction;
  const message = identical
    ? `run ${runId} made the same model again, byte for byte`
    : `run ${runId} made another model; its result names what differs`;
  return { name, passed: identical, message, details: { runId } };
}

const signed = (value: number): string => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
