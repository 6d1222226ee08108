/** The types of a run's events, each with its description. */
export const RUN_EVENT_TYPES = {
  STATUS: "The run's status changed.",
  STEP: "A step began or ended.",
  PROGRESS: "How far a step has come.",
  LOG: "A line of the log.",
  METRIC: "Something was measured.",
} as const;

export type RunEventType = keyof typeof RUN_EVENT_TYPES;

/** SQL: events that say a run began or ended, as the index `run_events_sent` has them. */
export const STATUS_CHANGES = "type = 'STATUS' and status <> 'QUEUED'";
