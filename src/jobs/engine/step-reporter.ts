import type { Attempt, RunTracker } from "../../registry/run-tracker.js";
import type { StepContext } from "../run-kind.js";

const INTERVAL_MS = 200;

/** Progress of one step as events: at most five a second, one write at a time, never failing the step. */
export class StepReporter implements StepContext {
  #lastAt = 0;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(
    private readonly tracker: RunTracker,
    private readonly attempt: Attempt,
    private readonly step: string,
    readonly signal: AbortSignal,
  ) {}

  // Functions of their own: a kind may take them out of the step.
  readonly progress: StepContext["progress"] = (share, message, data) => {
    const now = performance.now();
    if (this.#busy || this.signal.aborted || now - this.#lastAt < INTERVAL_MS) return;
    this.#lastAt = now;
    this.#busy = true;
    const progress = Math.min(1, Math.max(0, share));
    this.#writing = this.tracker
      .appendAttemptEvent(this.attempt, { type: "PROGRESS", step: this.step, message, progress, data })
      .catch(() => {})
      .finally(() => {
        this.#busy = false;
      });
  };

  readonly log: StepContext["log"] = async (message, data) => {
    await this.settled();
    await this.tracker.appendAttemptEvent(this.attempt, { type: "LOG", step: this.step, message, data });
  };

  settled(): Promise<void> {
    return this.#writing;
  }
}
