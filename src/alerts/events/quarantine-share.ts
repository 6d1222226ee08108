import { z } from "zod";
import { quarantineOptions } from "../../definitions/language/alerts.js";
import { defineAlertEvent, isAmong } from "./alert-event.js";

const kept = z.array(
  z.object({ source: z.string(), file: z.string(), rows: z.number(), percent: z.number() }),
);

export const quarantineShare = defineAlertEvent({
  name: "QUARANTINE_SHARE",
  description: "An ingest kept more of a file's rows out than a share.",
  options: quarantineOptions,
  when: {
    of: "run",
    read({ kind, runId, quarantined }, { sources, above }) {
      if (kind !== "INGEST") return null;
      const found = (kept.safeParse(quarantined).data ?? []).filter(
        ({ source, rows, percent }) => isAmong(sources, source) && rows > 0 && percent > above * 100,
      );
      if (found.length === 0) return null;
      const named = found.map(({ source, rows, percent }) => `${rows} rows of ${source} (${percent} %)`);
      return {
        subject: `run ${runId}`,
        summary: `an ingest put into quarantine ${named.join(", ")}`,
        data: { runId, above, sources: found },
        page: `/runs/${runId}`,
      };
    },
  },
});
