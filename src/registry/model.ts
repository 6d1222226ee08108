/** What is registered: models, their versions and who was in which stage when. */
export type Stage = "NONE" | "STAGING" | "PRODUCTION" | "ARCHIVED";
export type Algorithm = "LOGISTIC_REGRESSION" | "RANDOM_FOREST" | "GRADIENT_BOOSTING";

export interface RegisteredModel {
  name: string;
  description: string | null;
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
}

export interface ModelSignature {
  inputs: TensorSpec[];
  outputs: TensorSpec[];
  /** What the inputs are made of, in order: those of kind numeric fill `numeric`, the others are inputs of their own. */
  features: ModelFeature[];
}
export interface ModelFeature {
  name: string;
  kind: "numeric" | "categorical";
}
export interface TensorSpec {
  name: string;
  type: string;
  /** null: any number of rows. */
  shape: (number | null)[];
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
}

export interface PromoteRequest {
  model: string;
  version: number;
  stage: Stage;
  reason?: string | null;
  force: boolean;
  actor: string;
}
