import { z } from "zod";
import { driftOptions } from "../../definitions/language/alerts.js";
import { findService } from "../../definitions/language/deployment.js";
import { defineAlertEvent, inPercent, isAmong } from "./alert-event.js";

const compared = z.looseObject({ share: z.number(), driftedFeatures: z.array(z.string()) });
/** What is drifted is named this far in the sentence; `data` has all. */
const NAMED = 5;

export const drift = defineAlertEvent({
  name: "DRIFT",
  description: "A comparison found that more of a model's features drifted than its policy allows.",
  options: driftOptions,
  when: {
    of: "run",
    read({ status, kind, runId, params, data }, { models, above }, definitions) {
      const { model } = params;
      if (kind !== "DRIFT" || status !== "SUCCEEDED" || typeof model !== "string") return null;
      const found = compared.safeParse(data).data;
      if (!found || !isAmong(models, model)) return null;
      const { share, driftedFeatures } = found;
      const limit = above ?? findService(definitions, model)?.driftPolicy?.maxShare ?? 0;
      if (share <= limit) return null;
      const more = driftedFeatures.length > NAMED ? ", …" : "";
      return {
        subject: `model ${model}`,
        summary: `${inPercent(share)} of the features of ${model} drifted, more than ${inPercent(limit)}: ${driftedFeatures.slice(0, NAMED).join(", ")}${more}`,
        data: { model, runId, share, above: limit, driftedFeatures },
        page: `/runs/${runId}`,
      };
    },
  },
});
