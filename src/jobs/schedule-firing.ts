import { derivedRunId } from "./derived-run-id.js";
import type { JobService } from "./job-service.js";
import { publicRunError } from "./run-errors.js";
import { resolvePlaceholders } from "./schedule-dates.js";
import type { TaskStarter } from "./scheduled-tasks.js";
import type { Outcome, ScheduleContext } from "./schedules.js";

/** What a schedule does when it comes due, wherever an engine runs. */
export class ScheduleFiring {
  constructor(
    private readonly tasks: TaskStarter,
    /** The job service whose next run has that id, once. */
    private readonly jobs: (runId: string) => JobService,
  ) {}

  /**
   * The body of one firing; repeated after a crash, it finds the run it had started. What cannot be started
   * is the firing's outcome, not a failure to be tried again.
   */
  async fire(workflowId: string, at: Date, context: ScheduleContext): Promise<Outcome> {
    const { name, kind, params, timezone } = context;
    try {
      const task = { kind, params: resolvePlaceholders(params, at, timezone) };
      const jobs = this.jobs(derivedRunId(workflowId, "run"));
      const run = await this.tasks.prepare(task)(jobs, `schedule:${name}`);
      return { runId: run.id, error: null };
    } catch (error) {
      const failure = publicRunError(error, null);
      if (failure.code === "INTERNAL_SERVER_ERROR") throw error;
      return { runId: null, error: failure };
    }
  }
}
