import { useQuery } from "@apollo/client/react";
import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { formatPercent, inWords } from "../../parts/format.js";
import { Loaded } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import type { HeardEvent } from "./heard.js";

const EVENTS = graphql(`
  query RunEventsSoFar($id: ID!, $after: ID) {
    run(id: $id) {
      id
      events(first: 200, after: $after) {
        id
        at
        type
        step
        message
        progress
      }
    }
  }
`);

const PAGE = 200;

type Row = Omit<HeardEvent, "status" | "data">;

/** What happened, the newest first while it happens; of a run that has ended in its order, loaded when it is asked for. */
export function Events({ runId, heard }: { runId: string; heard: readonly HeardEvent[] }) {
  const [opened, setOpened] = useState<boolean | null>(null);
  const live = heard.length > 0;
  const shown = opened ?? live;
  return (
    <Section
      title="Events"
      note={live && shown ? "The newest first, as they come." : undefined}
      actions={
        <Button size="xs" variant="default" onClick={() => setOpened(!shown)} aria-expanded={shown}>
          {shown ? "Hide" : "Show"}
        </Button>
      }
    >
      {shown &&
        (live ? <EventTable rows={heard.toReversed().slice(0, PAGE)} /> : <EventsSoFar runId={runId} />)}
    </Section>
  );
}

function EventsSoFar({ runId }: { runId: string }) {
  const result = useQuery(EVENTS, { variables: { id: runId }, notifyOnNetworkStatusChange: true });
  const [ended, setEnded] = useState(false);
  const more = async (after: string | undefined) => {
    await result.fetchMore({
      variables: { after },
      updateQuery: (before, { fetchMoreResult: { run } }) => {
        if (!before.run || !run) return before;
        if (run.events.length < PAGE) setEnded(true);
        return { run: { ...run, events: [...before.run.events, ...run.events] } };
      },
    });
  };
  return (
    <Loaded result={result}>
      {({ run }) => {
        const events = run?.events ?? [];
        return (
          <>
            <EventTable rows={events} />
            {!ended && events.length > 0 && events.length % PAGE === 0 && (
              <Group mt="xs">
                <Button
                  size="xs"
                  variant="default"
                  loading={result.loading}
                  onClick={() => void more(events.at(-1)?.id)}
                >
                  Show more
                </Button>
              </Group>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function EventTable({ rows }: { rows: readonly Row[] }) {
  return (
    <DataTable
      label="Events"
      rows={rows}
      keyOf={({ id }) => id}
      maxHeight={420}
      columns={[
        { name: "At", cell: ({ at }) => <Time at={at} /> },
        { name: "Type", cell: ({ type }) => inWords(type) },
        { name: "Step", cell: ({ step }) => step ?? "–" },
        { name: "Message", cell: ({ message }) => message },
        { name: "Progress", numeric: true, cell: ({ progress }) => formatPercent(progress, 0) },
      ]}
    />
  );
}
