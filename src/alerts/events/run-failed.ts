import { runFailedOptions } from "../../definitions/language/alerts.js";
import { defineAlertEvent, isAmong, type RunEnd } from "./alert-event.js";

export const runFailed = defineAlertEvent({
  name: "RUN_FAILED",
  description: "A run failed; candidates and trials of another run are told of by that one's end.",
  options: runFailedOptions,
  when: {
    of: "run",
    read({ status, kind, runId, data, parentRunId }: RunEnd, { kinds }) {
      if (status !== "FAILED" || parentRunId !== null || !isAmong(kinds, kind)) return null;
      // The code and the step alone: a message may quote a value.
      const code = typeof data?.code === "string" ? data.code : "FAILED";
      const step = typeof data?.step === "string" ? data.step : null;
      return {
        subject: `run ${runId}`,
        summary: `a run of ${kind} failed: ${code}${step === null ? "" : ` in step ${step}`}`,
        data: { runId, kind, code, step },
        page: `/runs/${runId}`,
      };
    },
  },
});
