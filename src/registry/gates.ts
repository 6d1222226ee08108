import type { Gates } from "../definitions/language/deployment.js";
import type { GateResult, ModelVersion } from "./model.js";

/** What the gates judge a candidate by. */
export interface GateEvidence {
  /** The candidate's own held-out AUC, from its training run; null where the run has none. */
  auc: number | null;
  /** Whether the ingest runs of the snapshots it was trained from passed validation. */
  snapshotsValidated: boolean;
  /**
   * Production and its AUC on the candidate's held-out rows; null where nothing is in Production, the AUC
   * null where its file cannot be loaded.
   */
  production: { version: ModelVersion; auc: number | null } | null;
}

/** Every gate's verdict with the numbers it was reached by; all must pass for Production. */
export function judge(gates: Gates, { auc, snapshotsValidated, production }: GateEvidence): GateResult[] {
  const score = auc === null ? "unknown" : auc.toFixed(4);
  return [
    {
      name: "snapshot_validated",
      passed: snapshotsValidated,
      message: snapshotsValidated
        ? "every snapshot it was trained from passed validation"
        : "a snapshot it was trained from has no passed validation",
    },
    {
      name: "min_auc",
      passed: auc !== null && auc >= gates.minAuc,
      message: `held-out auc ${score}, at least ${gates.minAuc} asked`,
    },
    notWorse(gates, auc, score, production),
  ];
}

function notWorse(
  { maxAucLoss }: Gates,
  auc: number | null,
  score: string,
  production: GateEvidence["production"],
): GateResult {
  const name = "not_worse_than_production";
  if (!production) return { name, passed: true, message: "nothing is in Production" };
  if (production.auc === null) {
    const message = `Production version ${production.version.version} cannot be loaded to be compared with`;
    return { name, passed: false, message };
  }
  return {
    name,
    passed: auc !== null && auc >= production.auc - maxAucLoss,
    message:
      `auc ${score}, Production version ${production.version.version} has ${production.auc.toFixed(4)} ` +
      `on the same held-out rows, a loss up to ${maxAucLoss} is accepted`,
  };
}
