import { useSubscription } from "@apollo/client/react";
import { useThrottledCallback } from "@mantine/hooks";
import { useRef, useState } from "react";
import { graphql } from "../../graphql/index.js";

const RUN_ACTIVITY = graphql(`
  subscription RunActivity {
    runEvents {
      id
      runId
      type
      step
      progress
    }
  }
`);

interface Activity {
  step: string | null;
  progress: number | null;
}

/** As often as a list that changes is asked for again, however much happens. */
const LIST_EVERY_MS = 2_000;
const PROGRESS_EVERY_MS = 500;

/** Follows all runs: how far each has come, and a call where the list of runs has changed. */
export function useActivity(changed: () => unknown): ReadonlyMap<string, Activity> {
  const known = useRef(new Map<string, Activity>());
  const [shown, setShown] = useState<ReadonlyMap<string, Activity>>(known.current);
  const show = useThrottledCallback(() => setShown(new Map(known.current)), PROGRESS_EVERY_MS);
  const refresh = useThrottledCallback(() => void changed(), LIST_EVERY_MS);
  useSubscription(RUN_ACTIVITY, {
    ignoreResults: true,
    onData: ({ data: { data } }) => {
      if (!data) return;
      const { runId, type, step, progress } = data.runEvents;
      if (type === "STATUS") {
        known.current.delete(runId);
        refresh();
      } else if (progress !== null && progress !== undefined) {
        known.current.set(runId, { step: step ?? null, progress });
        show();
      }
    },
  });
  return shown;
}
