import { useQuery } from "@apollo/client/react";
import { Button, Collapse, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import type { RunsQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Status } from "../../parts/badges.js";
import { type DataColumn, DataTable } from "../../parts/data-table.js";
import { formatDuration, formatNumber, formatPercent, inWords } from "../../parts/format.js";
import { leavesOf } from "../../parts/leaves.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { Pager, usePage } from "../../parts/pager.js";
import { StartMenu } from "../../parts/start-menu.js";
import { Time } from "../../parts/time.js";
import { useUrlList } from "../../parts/url-state.js";
import { useActivity } from "./activity.js";
import { ColumnChoice, chosenColumns } from "./columns.js";
import { filterOf } from "./conditions.js";
import { FilterBar, type KnownNames } from "./filter-bar.js";
import { nextOrder, orderOf, withOrder } from "./order.js";
import { SelectedRuns } from "./selected-runs.js";
import { useSelectionColumn } from "./selection-column.js";

const RUNS = graphql(`
  query Runs(
    $where: RunFilter
    $orderBy: RunOrder!
    $orderByMetric: MetricOrder
    $first: Int!
    $after: String
    $metrics: [String!]!
    $withMetrics: Boolean!
    $withParams: Boolean!
  ) {
    runs(where: $where, orderBy: $orderBy, orderByMetric: $orderByMetric, first: $first, after: $after) {
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
        params @include(if: $withParams)
        latestMetrics(first: 100, names: $metrics) @include(if: $withMetrics) {
          name
          value
          text
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

/** How many there are: counted once for each filter, because counting may take longer than a page. */
const RUN_COUNT = graphql(`
  query RunCount($where: RunFilter, $orderBy: RunOrder!, $orderByMetric: MetricOrder) {
    runs(where: $where, orderBy: $orderBy, orderByMetric: $orderByMetric, first: 1) {
      totalCount
      totalCountIsExact
    }
  }
`);

/** The names of parameters and metrics that the newest runs of the filter have. */
const RUN_NAMES = graphql(`
  query RunNames($where: RunFilter) {
    runs(where: $where, first: 50) {
      nodes {
        id
        params
        names: latestMetrics(first: 200) {
          name
        }
      }
    }
  }
`);

type Row = RunsQuery["runs"]["nodes"][number];

/** Every run, newest first, narrowed and put in order by what is in the address. */
export default function Runs() {
  const [params, setParams] = useSearchParams();
  const { where, unread } = useMemo(() => filterOf(params), [params]);
  const order = orderOf(params);
  const [paramColumns] = useUrlList("paramColumn");
  const [metricColumns] = useUrlList("metricColumn");
  const { first, after, setSize } = usePage();
  const list = { where, ...order };
  const variables = {
    ...list,
    first,
    after,
    metrics: metricColumns,
    withMetrics: metricColumns.length > 0,
    withParams: paramColumns.length > 0,
  };
  const result = useQuery(RUNS, { variables, pollInterval: 30_000 });
  const count = useQuery(RUN_COUNT, { variables: list });
  const [namesNeeded, setNamesNeeded] = useState(false);
  const known = useKnownNames(where, namesNeeded);
  const [choosing, { toggle: chooseColumns }] = useDisclosure(false);
  const activity = useActivity(() => result.refetch());
  const data = result.data ?? result.previousData;
  const rows = data?.runs.nodes ?? [];
  const columns: DataColumn<Row>[] = [
    useSelectionColumn(rows),
    {
      name: "Run",
      cell: ({ id, kind, name }) => (
        <Link to={`/runs/${id}`}>{name ?? `${inWords(kind)} ${id.slice(0, 8)}`}</Link>
      ),
    },
    { name: "Kind", cell: ({ kind }) => inWords(kind) },
    {
      name: "Status",
      cell: ({ id, status, error }) => (
        <Group gap={6} wrap="nowrap">
          <Status of={status} />
          {error && <Text size="xs">{error.code}</Text>}
          {status === "RUNNING" && activity.has(id) && (
            <Text size="xs" style={{ whiteSpace: "nowrap" }}>
              {activity.get(id)!.step} {formatPercent(activity.get(id)!.progress, 0)}
            </Text>
          )}
        </Group>
      ),
    },
    ...chosenColumns({ params: paramColumns, metrics: metricColumns }, rows, order, (metric) =>
      setParams(withOrder(params, nextOrder(order, metric)), { replace: true }),
    ),
    { name: "Started by", cell: ({ actor }) => actor },
    { name: "Created", cell: ({ createdAt }) => <Time at={createdAt} /> },
    { name: "Took", numeric: true, cell: ({ durationMs }) => formatDuration(durationMs) },
  ];
  return (
    <Page title="Runs" query={RUNS} variables={variables} actions={<StartMenu />}>
      <FilterBar
        kinds={(data?.kinds?.enumValues ?? []).map(({ name }) => name)}
        known={known}
        unread={unread}
        needNames={() => setNamesNeeded(true)}
      />
      <Group justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {countInWords(count.data?.runs)}
        </Text>
        <Button
          size="xs"
          variant="default"
          aria-expanded={choosing}
          onClick={() => {
            setNamesNeeded(true);
            chooseColumns();
          }}
        >
          Columns
        </Button>
      </Group>
      <Collapse in={choosing}>{choosing && <ColumnChoice known={known} />}</Collapse>
      <Loaded result={{ ...result, data }}>
        {({ runs }) =>
          runs.nodes.length === 0 ? (
            <Empty title={variables.after ? "The list ends before this page" : "No run matches"}>
              {variables.after ? (
                <Link to={`/runs?${withOrder(params, order)}`}>Go to the first page</Link>
              ) : (
                "Take a filter away, or start a run."
              )}
            </Empty>
          ) : (
            <Stack>
              <DataTable label="Runs" rows={runs.nodes} keyOf={({ id }) => id} columns={columns} />
              <Pager what="Runs" pageInfo={runs.pageInfo} size={String(first)} setSize={setSize} />
            </Stack>
          )
        }
      </Loaded>
      <SelectedRuns
        shown={rows.map(({ id }) => id)}
        changed={() => Promise.all([result.refetch(), count.refetch()])}
      />
    </Page>
  );
}

function useKnownNames(where: object, needed: boolean): KnownNames {
  const { data, previousData } = useQuery(RUN_NAMES, { variables: { where }, skip: !needed });
  const nodes = (data ?? previousData)?.runs.nodes;
  return useMemo(() => {
    const sorted = (names: Iterable<string>) => [...new Set(names)].sort();
    return {
      params: sorted((nodes ?? []).flatMap(({ params }) => [...leavesOf(params).keys()])),
      metrics: sorted((nodes ?? []).flatMap(({ names }) => names.map(({ name }) => name))),
    };
  }, [nodes]);
}

function countInWords(count: { totalCount: number; totalCountIsExact: boolean } | undefined): string {
  if (!count) return "";
  const number = formatNumber(count.totalCount);
  if (!count.totalCountIsExact) return `More than ${number} runs`;
  return count.totalCount === 1 ? "1 run" : `${number} runs`;
}
