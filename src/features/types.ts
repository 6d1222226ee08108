import type { ColumnValue } from "../definitions/language/column.js";
import type { Entity } from "../definitions/language/deployment.js";

export type FeatureState =
  | "PRESENT"
  | "NULL_VALUE"
  | "NOT_FOUND"
  | "OUTSIDE_MAX_AGE"
  | "NOT_DECLARED"
  | "MASKED";

/** One question: a user's features now (no asOf) or as of a date, by what was known at an instant. */
export interface EntityRow {
  key: string;
  /** Calendar date, `2024-01-31`. */
  asOf?: string | null;
  knownAt?: Date | null;
}

/** The answer: every feature of the deployment, with why a null is null. */
export interface UserFeatures {
  /** Whose key it is. */
  entity: Entity;
  key: string;
  asOf: string | null;
  /** Keyed by the feature's snake_case name; null unless PRESENT. */
  values: Record<string, ColumnValue>;
  statuses: FeatureStatus[];
}

export interface FeatureStatus {
  name: string;
  view: string;
  status: FeatureState;
  /** The date the value holds from; null where NOT_FOUND. */
  eventTime: string | null;
  ageSeconds: number | null;
  ttlSeconds: number | null;
}

export type SnapshotState = "PUBLISHED" | "WITHDRAWN" | "DROPPED";

export interface Withdrawal {
  /** ISO 8601, as JSON has it. */
  at: string;
  actor: string;
  reason: string;
  runId: string;
}

/** What a snapshot is made of, and what can be learnt from it. */
export interface SnapshotContent {
  parts: ListedPart[];
  /** The services whose labels were delivered for its date. */
  labelled: string[];
}

export interface ListedPart {
  /** The source's name, or `<view>:pushes`. */
  source: string;
  /** The date its rows hold from. */
  eventDate: string;
  /** Whether that is an earlier date than the snapshot's. */
  carriedOn: boolean;
  rowCount: number;
  contentSha256: string;
}

/** What names a snapshot to clients. */
export interface RevisionKey {
  asOf: string;
  revision: number;
}

export interface Snapshot {
  id: number;
  asOf: string;
  revision: number;
  createdAt: Date;
  contentSha256: string;
  views: SnapshotView[];
  rowCount: number;
  runId: string;
  sources: SourceFile[];
  /** PUBLISHED: it holds. WITHDRAWN: it should not have been published. DROPPED: retention dropped its rows. */
  state: SnapshotState;
  withdrawal: Withdrawal | null;
  /** False where retention dropped its rows; what the catalogue says of it stays. */
  rowsAvailable: boolean;
  /** 1 where `contentSha256` is of the first edition, over the views; its parts have the second beside it. */
  hashVersion: 1 | 2;
}
/** One view, label source or view with pushed values, as declared when the snapshot was made. */
export interface SnapshotView {
  name: string;
  rowCount: number;
  /** Of the part it is read from; in the first edition of its own columns. */
  contentSha256: string;
  /** The part's name. */
  source: string;
  /** By the names of that time. */
  columns: string[];
}
export interface SourceFile {
  name: string;
  bytes: number;
  rowCount: number;
  sha256: string;
  /** Where the definitions had it come from; absent: the place that the ingest named. */
  from?: string;
  /** Of rows of a query. */
  statementSha256?: string;
  /** What delivered it, where that was an earlier delivery of the date than the one that made the snapshot. */
  deliveredBy?: { runId: string; definitionsSha256: string };
}

export interface SnapshotDiff {
  from: Snapshot;
  to: Snapshot;
  identical: boolean;
  views: ViewDiff[];
}
export interface ViewDiff {
  name: string;
  identical: boolean;
  added: number;
  removed: number;
  changed: number;
  unchanged: number;
  features: FeatureDiff[];
}
export interface FeatureDiff {
  name: string;
  changed: number;
  psi: number | null;
  /** Of text and booleans; null for others, and where equal hashes left the rows unread. */
  shares: ValueShare[] | null;
  /** The shares are left out: they name values of a personal column. */
  masked?: true;
}
/** Of the rows of each side, 0 to 1. */
export interface ValueShare {
  /** Null where empty, and for `other`. */
  value: string | null;
  other: boolean;
  from: number;
  to: number;
}

export interface ViewFreshness {
  newestEventTime: string | null;
  materializedAt: Date | null;
  ageSeconds: number | null;
  rowCount: number;
  /** The run that materialized it. */
  runId?: string;
}

/** One row of the entity source's live table: its key and its columns by their snake_case names. */
export type EntityRecord = Record<string, ColumnValue>;
