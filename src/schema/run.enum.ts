import { registerEnumType } from "type-graphql";
import { RUN_EVENT_TYPES } from "../registry/event-types.js";
import type * as run from "../registry/run.js";
import { described, namesOf } from "./enum-of.js";

/** Filled by `declareRunKinds`: by then the kinds of this process are known. */
export const RunKind: Record<string, string> = {};

/** Has the schema know these kinds. */
export function declareRunKinds(kinds: Iterable<{ name: string; description: string }>): void {
  const valuesConfig: Record<string, { description: string }> = {};
  for (const { name, description } of kinds) {
    RunKind[name] = name;
    valuesConfig[name] = { description };
  }
  registerEnumType(RunKind, { name: "RunKind", valuesConfig });
}

export const RunStatus = {
  QUEUED: "QUEUED",
  RUNNING: "RUNNING",
  SUCCEEDED: "SUCCEEDED",
  FAILED: "FAILED",
  CANCELLED: "CANCELLED",
} as const satisfies { [S in run.RunStatus]: S };
registerEnumType(RunStatus, { name: "RunStatus" });

export const RunEventType = namesOf(RUN_EVENT_TYPES);
registerEnumType(RunEventType, { name: "RunEventType", valuesConfig: described(RUN_EVENT_TYPES) });

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
