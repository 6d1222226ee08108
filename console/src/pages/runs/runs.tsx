import { NetworkStatus } from "@apollo/client";
import { useQuery } from "@apollo/client/react";
import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "react-router";
import type { RunKind, RunOrder, RunStatus } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { formatDuration, inWords } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useUrlState } from "../../parts/url-state.js";

const RUNS = graphql(`
  query Runs($where: RunFilter, $orderBy: RunOrder!, $after: String) {
    runs(where: $where, orderBy: $orderBy, first: 50, after: $after) {
      nodes {
        id
        kind
        status
        name
        actor
        createdAt
        durationMs
        error {
          code
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    kinds: __type(name: "RunKind") {
      name
      enumValues {
        name
      }
    }
  }
`);

const STATUSES: readonly RunStatus[] = ["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"];
const ORDERS: Record<RunOrder, string> = {
  CREATED_DESC: "Newest first",
  CREATED_ASC: "Oldest first",
  DURATION_DESC: "Longest first",
};

/** Every run, newest first, narrowed by what is in the address. */
export default function Runs() {
  const [kind, setKind] = useUrlState("kind");
  const [status, setStatus] = useUrlState("status");
  const [model, setModel] = useUrlState("model");
  const [order, setOrder] = useUrlState("order");
  const where = {
    ...(kind && { kind: kind as RunKind }),
    ...(status && { status: status as RunStatus }),
    ...(model && { model }),
  };
  const variables = { where, orderBy: (order || "CREATED_DESC") as RunOrder };
  const result = useQuery(RUNS, { variables, pollInterval: 5_000, notifyOnNetworkStatusChange: true });
  const { data, fetchMore, networkStatus } = result;
  const more = () =>
    fetchMore({
      variables: { after: data?.runs.pageInfo.endCursor },
      updateQuery: (before, { fetchMoreResult }) => ({
        ...before,
        runs: { ...fetchMoreResult.runs, nodes: [...before.runs.nodes, ...fetchMoreResult.runs.nodes] },
      }),
    });
  return (
    <Page title="Runs" query={RUNS} variables={variables}>
      <Group align="end" gap="sm">
        <Select
          label="Kind"
          data={(data?.kinds?.enumValues ?? []).map(({ name }) => ({ value: name, label: inWords(name) }))}
          value={kind || null}
          onChange={setKind}
          clearable
          placeholder="Any"
        />
        <Select
          label="Status"
          data={STATUSES.map((value) => ({ value, label: inWords(value) }))}
          value={status || null}
          onChange={setStatus}
          clearable
          placeholder="Any"
        />
        <TextInput
          label="Model"
          value={model}
          onChange={({ currentTarget }) => setModel(currentTarget.value)}
          placeholder="Any"
        />
        <Select
          label="Order"
          data={Object.entries(ORDERS).map(([value, label]) => ({ value, label }))}
          value={order || "CREATED_DESC"}
          allowDeselect={false}
          onChange={(value) => setOrder(value === "CREATED_DESC" ? null : value)}
        />
      </Group>
      <Loaded result={result}>
        {({ runs }) =>
          runs.nodes.length === 0 ? (
            <Empty title="No run matches">
              Choose another kind or status, or start one in the playground.
            </Empty>
          ) : (
            <Stack>
              <DataTable
                label="Runs"
                rows={runs.nodes}
                keyOf={({ id }) => id}
                columns={[
                  {
                    name: "Run",
                    cell: ({ id, kind, name }) => <Link to={`/runs/${id}`}>{name ?? inWords(kind)}</Link>,
                  },
                  { name: "Kind", cell: ({ kind }) => inWords(kind) },
                  {
                    name: "Status",
                    cell: ({ status, error }) => (
                      <Group gap={6} wrap="nowrap">
                        <Status of={status} />
                        {error && <Text size="xs">{error.code}</Text>}
                      </Group>
                    ),
                  },
                  { name: "Started by", cell: ({ actor }) => actor },
                  { name: "Created", cell: ({ createdAt }) => <Time at={createdAt} /> },
                  { name: "Took", numeric: true, cell: ({ durationMs }) => formatDuration(durationMs) },
                ]}
              />
              {runs.pageInfo.hasNextPage && (
                <Button
                  variant="default"
                  onClick={() => void more()}
                  loading={networkStatus === NetworkStatus.fetchMore}
                >
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
