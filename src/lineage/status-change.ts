/** A status that a run took. */
export interface StatusChange {
  readonly id: string;
  readonly runId: string;
  readonly at: Date;
  readonly kind: string;
  readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
  /** How often the run has begun: a retry, or a resumption, is a run of its own to receivers. */
  readonly attempt: number;
  /** Whether the attempt was running before. */
  readonly wasRunning: boolean;
  /** No later status is there. */
  readonly isLast: boolean;
  /** What the run has to say at its end. */
  readonly data: Readonly<Record<string, unknown>> | null;
}
