import type { RunEventType } from "./event-types.js";
/** What a run is: one execution of a job, whatever its kind. The records every layer passes around. */
export type RunStatus = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
export type RunOrder = "CREATED_DESC" | "CREATED_ASC" | "DURATION_DESC";

export interface Run {
  id: string;
  /** The name of its kind; what kinds there are, jobs know. */
  kind: string;
  status: RunStatus;
  params: Record<string, unknown>;
  actor: string;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  durationMs: number | null;
  /** 1 for the first; a retry counts on. */
  attempt: number;
  error: RunError | null;
  environment: Record<string, unknown>;
  gitCommit: string | null;
  result: Record<string, unknown> | null;
  validation: ValidationReport | null;
  /** The snapshot made (ingest) or read (train). */
  snapshotId: number | null;
  name: string | null;
  tags: Record<string, string>;
  note: string | null;
  /** Of the request that started it, or tried it again last; null where the clock or another run did. */
  requestId: string | null;
  /** The run that this one is a candidate or a trial of. */
  parentRunId: string | null;
  experimentId: number;
  /** When it was put aside: it is in no list until it is restored. */
  deletedAt: Date | null;
}

export interface RunError {
  code: string;
  message: string;
  step: string | null;
}

export interface RunStep {
  name: string;
  status: RunStatus;
  startedAt: Date | null;
  finishedAt: Date | null;
  durationMs: number | null;
  attempt: number;
}

export interface RunEvent {
  /** Cursor: grows in the order events become visible. */
  id: string;
  runId: string;
  kind: string;
  at: Date;
  type: RunEventType;
  status: RunStatus;
  step: string | null;
  message: string;
  /** 0 to 1 */
  progress: number | null;
  data: Record<string, unknown> | null;
}

export interface Metric {
  name: string;
  value: number;
  step: number;
  at: Date;
}

export interface Artifact {
  name: string;
  mediaType: string;
  bytes: number;
  sha256: string;
}

export interface ValidationReport {
  /** Nothing was found for which the delivery is not published. */
  success: boolean;
  expectations: ExpectationResult[];
  /** What is kept out of each source that has any; absent from reports of earlier versions. */
  quarantined?: QuarantinedSource[];
  /** Rows that were passed over, because their person was erased; absent: none. */
  erased?: { source: string; file: string; rows: number }[];
}

export interface QuarantinedSource {
  source: string;
  file: string;
  rows: number;
  /** Of the rows delivered. */
  percent: number;
}

/** A row that was kept out while the rest of its file was published. */
export interface QuarantinedRow {
  source: string;
  line: number;
  key: string | null;
  reasons: QuarantineReason[];
  /** As delivered: text by column, or a list where the row has not one value a column. Null: it is masked. */
  row: Record<string, string | null> | (string | null)[];
  /** By the header's names, what is masked; of a list it is all of it. Absent: nothing is. */
  masked?: string[];
}

export interface QuarantineReason {
  column: string | null;
  expectation: string;
  rule: string;
}

export interface ExpectationResult {
  source: string;
  /** The name the source was delivered under; absent from reports of earlier versions. */
  file?: string;
  column: string | null;
  expectation: string;
  success: boolean;
  severity: "ERROR" | "WARNING";
  observed: unknown;
  /** What would have been accepted, in words; absent from reports of earlier versions, as is `mostly`. */
  rule?: string;
  /** The share of the values that must be as expected, 0 to 1. */
  mostly?: number;
  /** It does not hold, and the rows that break it are kept out instead of the whole delivery. */
  quarantined?: boolean;
  unexpectedCount: number;
  unexpectedPercent: number;
  /** At most 20. */
  sample: UnexpectedRow[];
  /** What was found, or observed, is left out: it may be a value of a personal column. Never stored. */
  masked?: true;
}

export interface UnexpectedRow {
  /** Where the row begins, from 1, of Parquet its number; 0 of what is on no line. */
  line: number;
  key: string | null;
  value: string | null;
}

export interface MetricFilter {
  name: string;
  min?: number | null;
  max?: number | null;
}

/** By the dotted name of a leaf, `hyperparameters.trees`; without a value: any run that has it. */
export interface ParamFilter {
  name: string;
  value?: unknown;
}

export interface TagFilter {
  name: string;
  value?: string | null;
}

/** Runs that meet every condition given. */
export interface RunFilter {
  kind?: string | null;
  /** Any of these. */
  kinds?: readonly string[] | null;
  status?: RunStatus | null;
  /** Any of these. */
  statuses?: readonly RunStatus[] | null;
  asOf?: string | null;
  model?: string | null;
  actor?: string | null;
  createdFrom?: Date | null;
  createdBefore?: Date | null;
  metric?: MetricFilter | null;
  metrics?: readonly MetricFilter[] | null;
  params?: readonly ParamFilter[] | null;
  tags?: readonly TagFilter[] | null;
  experiment?: number | null;
  /** Those that were put aside, instead of all others. */
  deleted?: boolean | null;
}

/** By the latest value of a metric; runs without it are not in the list. */
export interface MetricOrder {
  name: string;
  direction: "ASC" | "DESC";
}

export interface RunCount {
  count: number;
  /** False where counting stopped at its limit: there are more. */
  exact: boolean;
}

export interface MetricPoint {
  name: string;
  value: number;
  step?: number;
  at?: Date | null;
}
