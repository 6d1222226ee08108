import { useSubscription } from "@apollo/client/react";
import { useThrottledCallback } from "@mantine/hooks";
import { useRef, useState } from "react";
import type { RunChangesSubscription } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";

const RUN_CHANGES = graphql(`
  subscription RunChanges($id: ID!) {
    runEvents(runId: $id) {
      id
      at
      type
      status
      step
      message
      progress
      data
    }
  }
`);

export type HeardEvent = RunChangesSubscription["runEvents"];

const SHOWN_EVERY_MS = 250;
const PAGE_EVERY_MS = 1_000;
/** The newest are kept: the list of events loads what came before. */
const KEPT = 1_000;

/**
 * The events of a run that has not ended, from its first on, each once also after a lost connection.
 * @param changed the page is to be loaded again: a step or the run has changed
 */
export function useHeard(id: string, isUnderWay: boolean, changed: () => unknown): readonly HeardEvent[] {
  const known = useRef(new Map<string, HeardEvent>());
  const [heard, setHeard] = useState<readonly HeardEvent[]>([]);
  const show = useThrottledCallback(() => setHeard([...known.current.values()]), SHOWN_EVERY_MS);
  const refresh = useThrottledCallback(() => void changed(), PAGE_EVERY_MS);
  useSubscription(RUN_CHANGES, {
    variables: { id },
    skip: !isUnderWay,
    ignoreResults: true,
    onData: ({ data: { data } }) => {
      const event = data?.runEvents;
      if (!event || known.current.has(event.id)) return;
      known.current.set(event.id, event);
      if (known.current.size > KEPT) known.current.delete(known.current.keys().next().value!);
      show();
      if (event.type === "STEP" || event.type === "STATUS") refresh();
    },
  });
  return heard;
}
