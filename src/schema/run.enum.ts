import { registerEnumType } from "type-graphql";
import type * as run from "../registry/run.js";

export const RunKind = {
  INGEST: "INGEST",
  MATERIALIZE: "MATERIALIZE",
  TRAIN: "TRAIN",
  TRAIN_AND_COMPARE: "TRAIN_AND_COMPARE",
  REPRODUCE: "REPRODUCE",
  TUNE: "TUNE",
  VERIFY_PARITY: "VERIFY_PARITY",
  DRIFT: "DRIFT",
  EXTERNAL: "EXTERNAL",
  EXPORT: "EXPORT",
  WITHDRAW: "WITHDRAW",
} as const satisfies { [K in run.RunKind]: K };
registerEnumType(RunKind, { name: "RunKind" });

export const RunStatus = {
  QUEUED: "QUEUED",
  RUNNING: "RUNNING",
  SUCCEEDED: "SUCCEEDED",
  FAILED: "FAILED",
  CANCELLED: "CANCELLED",
} as const satisfies { [S in run.RunStatus]: S };
registerEnumType(RunStatus, { name: "RunStatus" });

export const RunEventType = {
  STATUS: "STATUS",
  STEP: "STEP",
  PROGRESS: "PROGRESS",
  LOG: "LOG",
  METRIC: "METRIC",
} as const satisfies { [T in run.RunEventType]: T };
registerEnumType(RunEventType, { name: "RunEventType" });

export const RunOrder = {
  CREATED_DESC: "CREATED_DESC",
  CREATED_ASC: "CREATED_ASC",
  DURATION_DESC: "DURATION_DESC",
} as const satisfies { [O in run.RunOrder]: O };
registerEnumType(RunOrder, { name: "RunOrder" });

export const SortDirection = {
  ASC: "ASC",
  DESC: "DESC",
} as const satisfies { [D in run.MetricOrder["direction"]]: D };
registerEnumType(SortDirection, { name: "SortDirection" });
