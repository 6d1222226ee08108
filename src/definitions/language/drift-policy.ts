import type { Refuse } from "./contradictions.js";

/** When what a model is given has moved too far from what it was trained on, and what then happens. */
export interface DriftPolicy {
  /** Above this share of drifted features, 0..1, a `trainAndCompare` run is started. */
  readonly maxShare: number;
  /** Of the comparison; 0.05 unless given. */
  readonly alpha?: number;
  /** Of the comparison; 0.1 unless given. */
  readonly minPsi?: number;
  /** What the new candidate must win by; 0.01 unless given. */
  readonly delta?: number;
  /** The training command that trains the candidate, by `trainExternally`; asof's own learners unless given. */
  readonly trainWith?: string;
}

/** Calls `refuse` with what is wrong. */
export function checkDriftPolicy(policy: DriftPolicy, refuse: Refuse): void {
  const { maxShare, alpha, minPsi, delta } = policy;
  const limits = [
    ["maxShare", maxShare, 0, 1],
    ["alpha", alpha, 0, 1],
    ["minPsi", minPsi, 0, 100],
    ["delta", delta, -1, 1],
  ] as const;
  for (const [name, value, min, max] of limits) {
    if (value !== undefined && !(value >= min && value <= max))
      refuse(`driftPolicy.${name} ${value} must be between ${min} and ${max}`);
  }
}
