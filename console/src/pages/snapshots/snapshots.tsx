import { useQuery } from "@apollo/client/react";
import { Button, Stack } from "@mantine/core";
import { Link } from "react-router";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { Hash, Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { formatNumber } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useSession } from "../../session.js";

const SNAPSHOTS = graphql(`
  query Snapshots($after: String) {
    snapshots(first: 50, after: $after) {
      nodes {
        id
        asOf
        revision
        state
        createdAt
        rowCount
        contentSha256
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
  }
`);

const WITHDRAW = graphql(`
  mutation Withdraw($asOf: Date!, $reason: String!) {
    withdrawSnapshot(asOf: $asOf, reason: $reason) {
      id
      status
    }
  }
`);

/** What was published, by date. */
export default function Snapshots() {
  const result = useQuery(SNAPSHOTS);
  const { can } = useSession();
  const more = () =>
    result.fetchMore({
      variables: { after: result.data?.snapshots.pageInfo.endCursor },
      updateQuery: (before, { fetchMoreResult: { snapshots } }) => ({
        snapshots: { ...snapshots, nodes: [...before.snapshots.nodes, ...snapshots.nodes] },
      }),
    });
  return (
    <Page title="Snapshots" query={SNAPSHOTS}>
      <Loaded result={result}>
        {({ snapshots: { nodes, pageInfo } }) =>
          nodes.length === 0 ? (
            <Empty title="Nothing was published yet">
              Ingest a delivery: its rows become the first snapshot.
            </Empty>
          ) : (
            <Stack>
              <DataTable
                label="Snapshots"
                rows={nodes}
                keyOf={({ id }) => id}
                columns={[
                  { name: "Date", cell: ({ asOf }) => asOf },
                  { name: "Revision", numeric: true, cell: ({ revision }) => revision },
                  {
                    name: "State",
                    cell: ({ state, withdrawal }) => (
                      <>
                        <Status of={state} /> {withdrawal && `by ${withdrawal.actor}: ${withdrawal.reason}`}
                      </>
                    ),
                  },
                  { name: "Rows", numeric: true, cell: ({ rowCount }) => formatNumber(rowCount) },
                  { name: "SHA-256", cell: ({ contentSha256 }) => <Hash of={contentSha256} /> },
                  { name: "Created", cell: ({ createdAt }) => <Time at={createdAt} /> },
                  {
                    name: "Run",
                    cell: ({ run }) => <Link to={`/runs/${run.id}`}>{run.id.slice(0, 8)}</Link>,
                  },
                  {
                    name: "Withdraw",
                    cell: ({ asOf, state }) =>
                      can("OPERATOR") &&
                      state === "PUBLISHED" && (
                        <Act
                          label="Withdraw"
                          color="red"
                          mutation={WITHDRAW}
                          variables={(reason) => ({ asOf, reason })}
                          confirm={`The newest revision of ${asOf} is no longer found from now on. Online and live values go back to what they were without it. It stays on record.`}
                          reason="required"
                          said={`The withdrawal of ${asOf} was started`}
                          done={() => result.refetch()}
                        />
                      ),
                  },
                ]}
              />
              {pageInfo.hasNextPage && (
                <Button variant="default" onClick={() => void more()}>
                  Show more
                </Button>
              )}
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}
