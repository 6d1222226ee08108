import { useQuery } from "@apollo/client/react";
import { Button, Code, Stack } from "@mantine/core";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { formatNumber, formatValue, MASKED, withMasked } from "../../parts/format.js";
import { Loaded } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";

const QUARANTINED = graphql(`
  query QuarantinedRows($id: ID!, $after: String) {
    run(id: $id) {
      id
      quarantined(first: 20, after: $after) {
        nodes {
          source
          line
          key
          reasons {
            column
            rule
          }
          row
          masked
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

/** Rows that were kept out while the rest was published, page by page. */
export function Quarantine({ runId, count }: { runId: string; count: number }) {
  const result = useQuery(QUARANTINED, {
    variables: { id: runId },
    skip: count === 0,
    notifyOnNetworkStatusChange: true,
  });
  if (count === 0) return null;
  const more = (after: string | null | undefined) =>
    result.fetchMore({
      variables: { after },
      updateQuery: (before, { fetchMoreResult: { run } }) =>
        before.run && run
          ? {
              run: {
                ...run,
                quarantined: {
                  ...run.quarantined,
                  nodes: [...before.run.quarantined.nodes, ...run.quarantined.nodes],
                },
              },
            }
          : before,
    });
  return (
    <Section title="Quarantined rows" note={`${formatNumber(count)} rows were kept out.`}>
      <Loaded result={result}>
        {({ run }) =>
          run && (
            <Stack align="flex-start">
              <DataTable
                label="Quarantined rows"
                rows={run.quarantined.nodes}
                keyOf={({ source, line }) => `${source} ${line}`}
                maxHeight={420}
                columns={[
                  {
                    name: "Where",
                    cell: ({ source, line }) => (
                      <Code style={{ whiteSpace: "nowrap" }}>{`${source}:${line}`}</Code>
                    ),
                  },
                  { name: "Key", cell: ({ key }) => key ?? "–" },
                  {
                    name: "Why",
                    cell: ({ reasons }) =>
                      reasons.map(({ column, rule }) => `${column ?? "row"}: ${rule}`).join("; "),
                  },
                  {
                    name: "As delivered",
                    cell: ({ row, masked }) => <AsDelivered row={row} masked={masked} />,
                  },
                ]}
              />
              {run.quarantined.pageInfo.hasNextPage && (
                <Button
                  size="xs"
                  variant="default"
                  loading={result.loading}
                  onClick={() => void more(run.quarantined.pageInfo.endCursor)}
                >
                  Show more
                </Button>
              )}
            </Stack>
          )
        }
      </Loaded>
    </Section>
  );
}

function AsDelivered({ row, masked }: { row: unknown; masked?: readonly string[] | null | undefined }) {
  const values = Array.isArray(row)
    ? row.map((value) => (masked ? MASKED : value))
    : Object.values(withMasked(row, masked ?? []));
  return <Code style={{ overflowWrap: "anywhere" }}>{values.map(formatValue).join(", ").slice(0, 300)}</Code>;
}
