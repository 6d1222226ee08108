import type { ColumnType } from "../definitions/language/column.js";

/** What is registered: models, their versions and who was in which stage when. */
export type Stage = "NONE" | "STAGING" | "PRODUCTION" | "ARCHIVED";
/** A learner's name, or EXTERNAL: trained elsewhere, by whatever. */
export type Algorithm = string;

export interface RegisteredModel {
  name: string;
  description: string | null;
  tags: Record<string, string>;
}

export interface ModelVersion {
  id: string;
  model: string;
  version: number;
  stage: Stage;
  createdAt: Date;
  algorithm: Algorithm;
  /** Of the ONNX file. */
  sha256: string;
  bytes: number;
  runId: string;
  snapshotId: number;
  labelSnapshotId: number;
  signature: ModelSignature;
  threshold: number;
  description: string | null;
  tags: Record<string, string>;
}

export interface ModelSignature {
  /** What it answers; absent: BINARY. */
  task?: string;
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
  /** The model has no answer where this one is empty; absent: it takes an empty value as missing. */
  required?: boolean;
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
