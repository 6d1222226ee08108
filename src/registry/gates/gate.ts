import type { Fairness, GateDeclaration, NotWorse } from "../../definitions/language/gates.js";
import type { Compared, GroupRate } from "../evidence.js";
import type { GateResult, ModelVersion } from "../model.js";
import type { Servability } from "../servability.js";

/** What gates can judge a candidate by. Each part is worked out when a gate asks for it, and once. */
export interface GateEvidence {
  candidate(): ModelVersion;
  servability(): Servability;
  /** Of its training run, on the rows that were held out. */
  metrics(): Promise<Readonly<Record<string, number>>>;
  /** Whether the ingest runs of the snapshots it was trained from passed validation. */
  snapshotsValidated(): Promise<boolean>;
  /** The newest finished reproduction of its training run. */
  reproduction(): Promise<{ runId: string; identical: boolean } | null>;
  /** What is in Production now. */
  production(): ModelVersion | null;
  /** Candidate and Production on the same rows. */
  comparison(asked: NotWorse): Promise<Compared>;
  /** A rate by groups of users, on the rows that were held out; null where none are known here. */
  groupRates(asked: Pick<Fairness, "attribute" | "measure">): Promise<GroupRate[] | null>;
}

/** A result without a name has the gate's. */
export type Verdict = Omit<GateResult, "name"> & { name?: string };

/** What promotion to Production asks of a version: one record a gate. */
export interface Gate<Options = unknown, Needs extends keyof GateEvidence = keyof GateEvidence> {
  /** Of its results, in snake_case; in docs/registry.md with what varies in angle brackets. */
  readonly name: string;
  /** A sentence's end, for docs/registry.md: "passes when …". */
  readonly passesWhen: string;
  /** How a feature service declares it; "always": it is asked of every version and has no options. */
  readonly declaration: GateDeclaration<Options> | "always";
  /** What it judges by: `judge` is given nothing else, and what no gate needs is not worked out. */
  readonly needs: readonly Needs[];
  /** Whether `force` passes over it when it fails. */
  readonly forcible: boolean;
  judge(options: Options, evidence: Pick<GateEvidence, Needs>): Promise<Verdict[]>;
}

/** Checks one record while its type is inferred. */
export const defineGate = <Options, const Needs extends keyof GateEvidence>(
  gate: Gate<Options, Needs>,
): Gate<Options, Needs> => gate;
