import { Group, TagsInput, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import type { RunsQuery } from "../../graphql/graphql.js";
import type { DataColumn } from "../../parts/data-table.js";
import { formatMetric, formatValue } from "../../parts/format.js";
import { leavesOf } from "../../parts/leaves.js";
import { useUrlList } from "../../parts/url-state.js";
import type { KnownNames } from "./filter-bar.js";
import type { ListOrder } from "./order.js";

type Row = RunsQuery["runs"]["nodes"][number];

/** As many of each as a table can show. */
const MOST = 20;

/** Chooses which parameters and metrics have a column. */
export function ColumnChoice({ known }: { known: KnownNames }) {
  const [params, setParams] = useUrlList("paramColumn");
  const [metrics, setMetrics] = useUrlList("metricColumn");
  return (
    <Group align="start" gap="sm">
      <TagsInput
        label="Columns of parameters"
        data={[...known.params]}
        value={params}
        onChange={setParams}
        maxTags={MOST}
        maxDropdownHeight={260}
        clearable
        w={360}
        placeholder={params.length === 0 ? "Choose" : ""}
      />
      <TagsInput
        label="Columns of metrics"
        data={[...known.metrics]}
        value={metrics}
        onChange={setMetrics}
        maxTags={MOST}
        maxDropdownHeight={260}
        clearable
        w={360}
        placeholder={metrics.length === 0 ? "Choose" : ""}
      />
    </Group>
  );
}

/** The columns that were chosen: parameters, then metrics; a click on a metric's heading orders the list by it. */
export function chosenColumns(
  { params, metrics }: KnownNames,
  rows: readonly Row[],
  { orderByMetric }: ListOrder,
  orderBy: (metric: string) => void,
): DataColumn<Row>[] {
  return [
    ...params.map((name) => ({
      name: `parameter ${name}`,
      header: shortName(name),
      numeric: rows.every(({ params }) => isNumberOrNone(leavesOf(params).get(name))),
      cell: ({ params }: Row) => formatValue(leavesOf(params).get(name)),
    })),
    ...metrics.map((name) => ({
      name: `metric ${name}`,
      header: heading(name, orderByMetric?.name === name ? orderByMetric.direction : null, () =>
        orderBy(name),
      ),
      numeric: true,
      sorted: orderByMetric?.name === name ? orderByMetric.direction : undefined,
      cell: ({ latestMetrics }: Row) => {
        const metric = latestMetrics?.find((each) => each.name === name);
        return metric?.value === null ? metric.text : formatMetric(metric?.value);
      },
    })),
  ];
}

const isNumberOrNone = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === "number";

/** `hyperparameters.trees` takes a column more than its values do. */
const shortName = (name: string): string => name.replace(/^hyperparameters\./, "");

function heading(name: string, direction: "ASC" | "DESC" | null | undefined, order: () => void): ReactNode {
  const arrow = direction === "DESC" ? " ↓" : direction === "ASC" ? " ↑" : "";
  return (
    <UnstyledButton onClick={order} fw={700} fz="sm" title={`Order by ${name}`}>
      {name}
      {arrow}
    </UnstyledButton>
  );
}
