import { Group, ScrollArea, Stack, Table, Text } from "@mantine/core";
import type { VersionQuery } from "../../graphql/graphql.js";
import { DataTable } from "../../parts/data-table.js";
import { formatMetric, formatNumber, formatPercent } from "../../parts/format.js";
import { mistakesOf, SHADES, shadeOf } from "./confusion.js";

type Evaluation = NonNullable<NonNullable<VersionQuery["modelVersion"]>["evaluation"]>;

interface Props {
  label: string;
  classes: readonly string[];
  /** By class, what is true down and what was answered across. */
  confusion: NonNullable<Evaluation["confusion"]>;
  perClass: NonNullable<Evaluation["perClass"]>;
}

/** More of them scroll under their headings. */
const MAX_HEIGHT = 560;
/** With more classes, cells hold counts alone. */
const MOST_WITH_SHARES = 12;

/** Which classes are taken for which, and how well each is told from the rest. */
export function Classes({ label, classes, confusion, perClass }: Props) {
  const [worst] = mistakesOf(classes, confusion);
  return (
    <Stack gap="xl" mb="xl">
      <Stack gap="xs">
        <Text size="sm">
          {worst
            ? `Most often ${worst.is} is taken for ${worst.takenFor}: ${formatNumber(worst.count)} of its ${formatNumber(worst.rows)} rows.`
            : "Every row is taken for what it is."}
        </Text>
        <Confusion label={label} classes={classes} confusion={confusion} />
        <Legend />
      </Stack>
      <DataTable
        label="Each class against the rest"
        rows={perClass}
        keyOf={(each) => each.class}
        maxHeight={MAX_HEIGHT}
        columns={[
          { name: "Class", cell: (each) => each.class },
          { name: "Rows", numeric: true, cell: ({ rows }) => formatNumber(rows) },
          { name: "Taken for it", numeric: true, cell: ({ called }) => formatNumber(called) },
          { name: "Precision", numeric: true, cell: ({ precision }) => formatPercent(precision) },
          { name: "Recall", numeric: true, cell: ({ recall }) => formatPercent(recall) },
          { name: "F1", numeric: true, cell: ({ f1 }) => formatMetric(f1) },
          { name: "AUC", numeric: true, cell: ({ auc }) => formatMetric(auc) },
        ]}
      />
    </Stack>
  );
}

/** Counts, each cell as dark as its share of its row; what is right is bold. */
function Confusion({ label, classes, confusion }: Omit<Props, "perClass">) {
  const withShares = classes.length <= MOST_WITH_SHARES;
  return (
    <ScrollArea.Autosize
      mah={MAX_HEIGHT}
      type="auto"
      offsetScrollbars
      viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Confusion matrix" }}
    >
      <Table
        className="heat confusion"
        aria-label="Confusion matrix"
        withRowBorders={false}
        w="auto"
        stickyHeader
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{label} down, answer across</Table.Th>
            {classes.map((name) => (
              <Table.Th key={name} scope="col" ta="right" title={name}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {confusion.map((row, own) => {
            const rows = row.reduce((sum, count) => sum + count, 0);
            return (
              <Table.Tr key={classes[own]}>
                <Table.Th scope="row" title={classes[own]}>
                  {classes[own]}
                </Table.Th>
                {row.map((count, other) => (
                  <td key={classes[other]} className={`mantine-Table-td heat-${shadeOf(count, rows)}`}>
                    {own === other ? <b>{formatNumber(count)}</b> : formatNumber(count)}
                    {withShares && rows > 0 && <small>{formatPercent(count / rows)}</small>}
                  </td>
                ))}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}

function Legend() {
  const percent = (share: number) => formatPercent(share, 0);
  const names = [
    `below ${percent(SHADES[0])}`,
    ...SHADES.slice(1).map((end, i) => `${percent(SHADES[i]!)} to ${percent(end)}`),
    `${percent(SHADES.at(-1)!)} and more`,
  ];
  return (
    <Group gap="xs" aria-label="Colours by the share of a class' rows" role="group">
      {names.map((name, shade) => (
        <Text key={name} size="xs" px={6} className={`heat-${shade}`}>
          {name}
        </Text>
      ))}
      <Text size="xs" c="dimmed">
        of the rows of a class
      </Text>
    </Group>
  );
}
