import { useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { useState } from "react";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { formatPercent, inWords } from "../../parts/format.js";
import { Loaded } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";

const EVENTS = graphql(`
  query RunEventsSoFar($id: ID!) {
    run(id: $id) {
      id
      events(first: 1000) {
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

/** What happened, in order; loaded when it is asked for. */
export function Events({ runId }: { runId: string }) {
  const [shown, setShown] = useState(false);
  const result = useQuery(EVENTS, { variables: { id: runId }, skip: !shown });
  return (
    <Section
      title="Events"
      actions={
        <Button size="xs" variant="default" onClick={() => setShown(!shown)} aria-expanded={shown}>
          {shown ? "Hide" : "Show"}
        </Button>
      }
    >
      {shown && (
        <Loaded result={result}>
          {({ run }) => (
            <DataTable
              label="Events"
              rows={run?.events ?? []}
              keyOf={({ id }) => id}
              columns={[
                { name: "At", cell: ({ at }) => <Time at={at} /> },
                { name: "Type", cell: ({ type }) => inWords(type) },
                { name: "Step", cell: ({ step }) => step ?? "–" },
                { name: "Message", cell: ({ message }) => message },
                { name: "Progress", numeric: true, cell: ({ progress }) => formatPercent(progress, 0) },
              ]}
            />
          )}
        </Loaded>
      )}
    </Section>
  );
}
