import { derivedRunId } from "../jobs/engine/derived-run-id.js";
import { VERSION } from "../values/version.js";
import {
  exportDataset,
  fileDataset,
  type LineageDataset,
  modelDataset,
  partDataset,
  uploadDataset,
  viewDataset,
} from "./datasets.js";
import {
  LINEAGE_PRODUCER,
  type LineageFacet,
  lineageFacet,
  ownRunFacet,
  RUN_EVENT_SCHEMA,
} from "./facets.js";
import type { RunFacts } from "./run-facts.js";
import type { StatusChange } from "./status-change.js";

export type LineageEventType = "START" | "RUNNING" | "COMPLETE" | "FAIL" | "ABORT";

/** An event as OpenLineage 2-0-2 has it. */
export interface LineageEvent {
  readonly eventTime: string;
  readonly eventType: LineageEventType;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Readonly<Record<string, LineageFacet>> };
  readonly job: {
    readonly namespace: string;
    readonly name: string;
    readonly facets: Readonly<Record<string, LineageFacet>>;
  };
  readonly inputs: readonly LineageDataset[];
  readonly outputs: readonly LineageDataset[];
}

const ENDED = { SUCCEEDED: "COMPLETE", FAILED: "FAIL", CANCELLED: "ABORT" } as const;

const jobName = (kind: string): string => `asof.${kind.toLowerCase()}`;

/** One that ended begins no second time. */
const runIdOf = (runId: string, attempt: number): string =>
  attempt <= 1 ? runId : derivedRunId(runId, `attempt ${attempt}`);

/**
 * The events of a change: one, and before the end of what never ran its beginning. They name files, columns and dates, never a value of
 * a row, a message, a parameter or an actor: those may hold what is personal.
 */
export function lineageEvents(namespace: string, change: StatusChange, facts: RunFacts): LineageEvent[] {
  const { status, wasRunning } = change;
  if (status === "RUNNING") return [lineageEvent(namespace, wasRunning ? "RUNNING" : "START", change, facts)];
  const end = lineageEvent(namespace, ENDED[status], change, facts);
  return wasRunning ? [end] : [lineageEvent(namespace, "START", change, facts), end];
}

function lineageEvent(
  namespace: string,
  eventType: LineageEventType,
  change: StatusChange,
  facts: RunFacts,
): LineageEvent {
  return {
    eventTime: change.at.toISOString(),
    eventType,
    producer: LINEAGE_PRODUCER,
    schemaURL: RUN_EVENT_SCHEMA,
    run: {
      runId: runIdOf(change.runId, change.attempt),
      facets: runFacets(namespace, eventType, change, facts),
    },
    job: { namespace, name: jobName(change.kind), facets: jobFacets(change) },
    inputs: inputsOf(namespace, facts),
    outputs: eventType === "COMPLETE" ? outputsOf(namespace, facts) : [],
  };
}

function runFacets(
  namespace: string,
  eventType: LineageEventType,
  change: StatusChange,
  { parent, asOf, gitCommit }: RunFacts,
): Record<string, LineageFacet> {
  return {
    processing_engine: lineageFacet("ProcessingEngineRunFacet", { version: VERSION, name: "asof" }),
    ...(asOf && {
      nominalTime: lineageFacet("NominalTimeRunFacet", { nominalStartTime: `${asOf}T00:00:00Z` }),
    }),
    ...(parent && {
      parent: lineageFacet("ParentRunFacet", {
        run: { runId: runIdOf(parent.id, parent.attempt) },
        job: { namespace, name: jobName(parent.kind) },
      }),
    }),
    ...(eventType === "FAIL" && { errorMessage: errorFacet(change) }),
    ...(gitCommit && { asof_sourceCode: ownRunFacet({ type: "git", version: gitCommit }) }),
  };
}

/** The code and the step alone: a message may quote a value. */
function errorFacet({ runId, data }: StatusChange): LineageFacet {
  const code = typeof data?.code === "string" ? data.code : "FAILED";
  const where = typeof data?.step === "string" ? ` in step ${data.step}` : "";
  return lineageFacet("ErrorMessageRunFacet", {
    message: `${code}${where}; run ${runId} of asof says more`,
    programmingLanguage: "TypeScript",
  });
}

const jobFacets = ({ kind }: StatusChange): Record<string, LineageFacet> => ({
  jobType: lineageFacet("JobTypeJobFacet", {
    processingType: "BATCH",
    integration: "ASOF",
    jobType: kind,
  }),
});

const inputsOf = (namespace: string, { files, uploads, read }: RunFacts): LineageDataset[] => [
  ...files.map((file) => fileDataset(namespace, file)),
  ...uploads.map((upload) => uploadDataset(namespace, upload)),
  ...read.map((part) => partDataset(namespace, part, "input")),
];

const outputsOf = (namespace: string, { made, views, versions, exported }: RunFacts): LineageDataset[] => [
  ...made.map((part) => partDataset(namespace, part, "output")),
  ...views.map((view) => viewDataset(namespace, view)),
  ...versions.map((version) => modelDataset(namespace, version)),
  ...(exported ? [exportDataset(namespace, exported)] : []),
];
