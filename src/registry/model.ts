import type { ColumnType } from "../definitions/language/column.js";
import { VersionNotJudgedError } from "../errors/version-not-judged.js";
import type { ImportedFrom } from "./archive/imported-from.js";

/** What is registered: models, their versions and who was in which stage when. */
export type Stage = "NONE" | "STAGING" | "PRODUCTION" | "ARCHIVED";
/** A learner's name, or EXTERNAL: trained elsewhere, by whatever. */
export type Algorithm = string;

export interface RegisteredModel {
  name: string;
  description: string | null;
  tags: Record<string, string>;
}

/** PENDING: its run has not judged it yet. FAILED: it was refused, or its run was cancelled. READY: it was judged, or needs no judgement. */
export type VersionStatus = "PENDING" | "READY" | "FAILED";

/** A version as the registry lists it: judged, not yet, refused, or only kept. */
export interface VersionEntry {
  id: string;
  model: string;
  version: number;
  stage: Stage;
  createdAt: Date;
  algorithm: Algorithm;
  status: VersionStatus;
  /** Why it FAILED. */
  statusMessage: string | null;
  /** Of the ONNX file; null where there is none. */
  sha256: string | null;
  bytes: number | null;
  /** That trained it, or that its trainer wrote. */
  runId: string | null;
  /** That measured it, or is to: the training itself, or a REGISTER run; null where it is only kept. */
  judgedBy: string | null;
  /** Where its file came from, as its client says it. */
  source: string | null;
  /** The EXPORT run that wrote what it was trained on elsewhere. */
  trainedOn: string | null;
  trainedSnapshots: number[];
  /** The archive of another deployment that it came in. */
  importedFrom: ImportedFrom | null;
  /** null until it is judged, as are the next two. */
  snapshotId: number | null;
  labelSnapshotId: number | null;
  signature: ModelSignature | null;
  /** null, too, of a task without one. */
  threshold: number | null;
  description: string | null;
  tags: Record<string, string>;
}

/** A version that was judged: it can be promoted, asked and compared. */
export interface ModelVersion extends VersionEntry {
  sha256: string;
  bytes: number;
  judgedBy: string;
  snapshotId: number;
  labelSnapshotId: number;
  signature: ModelSignature;
}

export const isJudged = (version: VersionEntry): version is ModelVersion => version.signature !== null;

/** Clients store and load it; asof never judges it. */
export const isKeptOnly = ({ signature, judgedBy }: VersionEntry): boolean =>
  signature === null && judgedBy === null;

/** @throws {VersionNotJudgedError} it is not judged yet, was refused, or is only kept */
export function requireJudged(version: VersionEntry): ModelVersion {
  if (isJudged(version)) return version;
  throw new VersionNotJudgedError(version);
}

export interface ModelSignature {
  /** What it answers; absent: BINARY. */
  task?: string;
  /** Of a task with classes: what the columns of its output are of, in order. */
  classes?: readonly string[];
  inputs: TensorSpec[];
  outputs: TensorSpec[];
  /** What the inputs are made of, in order: those of kind numeric fill `numeric`, the others are inputs of their own. */
  features: ModelFeature[];
}
export interface ModelFeature {
  name: string;
  kind: "numeric" | "categorical";
  /** Of the column it was trained on; absent from signatures of 0.1.0. */
  type?: ColumnType;
  /** Of a derived feature or a window: how it was computed, as a text. */
  expression?: string;
  /** The model has no answer where this one is empty; absent: it takes an empty value as missing. */
  required?: boolean;
  /** Of a text that the model takes as the place of its category among these; absent: it takes the text. */
  categories?: readonly string[];
}
export interface TensorSpec {
  name: string;
  type: string;
  /** null: any number of rows. */
  shape: (number | null)[];
  /** What fills an input, in order; absent for asof's own models, whose inputs say it by their names. */
  features?: string[];
  /** Of an output of two columns, that of the positive class; absent: the second. */
  column?: number;
}

export interface StageTransition {
  id: string;
  model: string;
  version: number;
  from: Stage;
  to: Stage;
  actor: string;
  reason: string | null;
  at: Date;
  gates: GateResult[];
  forced: boolean;
}

export interface GateResult {
  name: string;
  passed: boolean;
  message: string;
  /** What was judged, where that is one number; absent from records of earlier versions, as are the next two. */
  value?: number | null;
  limit?: number | null;
  /** Every other number the verdict rests on. */
  details?: Record<string, unknown> | null;
}

export interface PromoteRequest {
  model: string;
  version: number;
  stage: Stage;
  reason?: string | null;
  force: boolean;
  actor: string;
}
