import { canaryEndedOptions } from "../../definitions/language/alerts.js";
import type { CanaryOutcome } from "../../values/canary.js";
import { type CanaryEnd, defineAlertEvent, isAmong } from "./alert-event.js";

const WORDS: Readonly<Record<CanaryOutcome, (end: CanaryEnd) => string>> = {
  STOPPED: ({ reason }) => `was stopped by its rule: ${reason}`,
  SUPERSEDED: ({ reason }) => `ended, because ${reason}`,
  PROMOTED: ({ actor }) => `ended, because it came to Production, by ${actor}`,
  ENDED: ({ actor }) => `was ended by ${actor}`,
};

export const canaryEnded = defineAlertEvent({
  name: "CANARY_ENDED",
  description: "A canary ended: by its stop rule, by what came to Production, or by somebody.",
  options: canaryEndedOptions,
  when: {
    of: "canary",
    read(end, { models, outcomes }) {
      const { model, version, champion, share, outcome, actor, reason } = end;
      if (!isAmong(models, model) || !isAmong(outcomes, outcome)) return null;
      return {
        subject: `canary of ${model}`,
        summary: `the canary of version ${version} of ${model} ${WORDS[outcome](end)}`,
        data: { model, version, champion, share, outcome, actor, reason },
        page: `/models/${encodeURIComponent(model)}`,
      };
    },
  },
});
