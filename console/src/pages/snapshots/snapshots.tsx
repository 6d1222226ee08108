import { useQuery } from "@apollo/client/react";
import { Button, Stack } from "@mantine/core";
import { Link } from "react-router";
import { graphql } from "../../graphql/index.js";
import { Hash, Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { formatNumber } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useSession } from "../../session.js";
import { Compare } from "./compare.js";
import { Retention } from "./retention.js";
import { Withdraw } from "./withdraw.js";

const SNAPSHOTS = graphql(`
  query Snapshots($after: String) {
    snapshots(first: 50, after: $after) {
      totalCount
      nodes {
        id
        asOf
        revision
        state
        createdAt
        rowCount
        contentSha256
        labelled
        withdrawal {
          actor
          reason
        }
        run {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    models(first: 100) {
      id
      name
      production {
        id
        version
        snapshot {
          id
        }
      }
    }
  }
`);

/** What was published, by date: which of it holds, and what serves now was trained from which. */
export default function Snapshots() {
  const result = useQuery(SNAPSHOTS);
  const { can } = useSession();
  const more = () =>
    result.fetchMore({
      variables: { after: result.data?.snapshots.pageInfo.endCursor },
      updateQuery: (before, { fetchMoreResult: { snapshots } }) => ({
        ...before,
        snapshots: { ...snapshots, nodes: [...before.snapshots.nodes, ...snapshots.nodes] },
      }),
    });
  return (
    <Page title="Snapshots" query={SNAPSHOTS}>
      <Loaded result={result}>
        {({ snapshots: { nodes, pageInfo, totalCount }, models }) =>
          nodes.length === 0 ? (
            <Empty title="Nothing was published yet">
              Ingest a delivery: its rows become the first snapshot.
            </Empty>
          ) : (
            <Stack gap="lg">
              <Compare dates={[...new Set(nodes.map(({ asOf }) => asOf))]} />
              <DataTable
                label="Snapshots"
                rows={nodes}
                keyOf={({ id }) => id}
                columns={[
                  {
                    name: "Date",
                    cell: ({ asOf, revision }) => (
                      <Link to={`/snapshots/${asOf}?revision=${revision}`} style={{ whiteSpace: "nowrap" }}>
                        {asOf}
                      </Link>
                    ),
                  },
                  { name: "Revision", numeric: true, cell: ({ revision }) => revision },
                  {
                    name: "State",
                    cell: ({ state, withdrawal }) => (
                      <>
                        <Status of={state} /> {withdrawal && `by ${withdrawal.actor}: ${withdrawal.reason}`}
                      </>
                    ),
                  },
                  {
                    name: "In Production",
                    cell: ({ id }) =>
                      models
                        .filter(({ production }) => production?.snapshot?.id === id)
                        .map(({ name, production }) => (
                          <Link key={name} to={`/models/${encodeURIComponent(name)}/${production!.version}`}>
                            {name} {production!.version}{" "}
                          </Link>
                        )),
                  },
                  { name: "Rows", numeric: true, cell: ({ rowCount }) => formatNumber(rowCount) },
                  ...(nodes.some(({ labelled }) => labelled.length === 0)
                    ? [
                        {
                          name: "Labels of",
                          cell: ({ labelled }: { labelled: readonly string[] }) =>
                            labelled.join(", ") || "none",
                        },
                      ]
                    : []),
                  { name: "SHA-256", cell: ({ contentSha256 }) => <Hash of={contentSha256} /> },
                  { name: "Created", cell: ({ createdAt }) => <Time at={createdAt} /> },
                  {
                    name: "Run",
                    cell: ({ run }) => <Link to={`/runs/${run.id}`}>{run.id.slice(0, 8)}</Link>,
                  },
                  ...(can("OPERATOR")
                    ? [
                        {
                          name: "Withdraw",
                          cell: ({ asOf, state }: { asOf: string; state: string }) =>
                            state === "PUBLISHED" && <Withdraw asOf={asOf} done={() => result.refetch()} />,
                        },
                      ]
                    : []),
                ]}
              />
              {pageInfo.hasNextPage && (
                <Button variant="default" onClick={() => void more()}>
                  Show more: {formatNumber(nodes.length)} of {formatNumber(totalCount)} are shown
                </Button>
              )}
              {can("ADMIN") && <Retention done={() => result.refetch()} />}
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}
