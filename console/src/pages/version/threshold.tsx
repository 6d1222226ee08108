import { Button, Group, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { Breakable, Figures } from "../../parts/facts.js";
import { formatNumber, formatPercent } from "../../parts/format.js";
import { Section } from "../../parts/page.js";
import { nearestTo, ratesAt, type ThresholdRow } from "./rates.js";

interface Props {
  rows: readonly ThresholdRow[];
  /** The place of the row that is shown. */
  at: number;
  /** The version's own threshold. */
  own: number;
  /** The label's name, as the deployment has it. */
  label: string;
  /** Shows another row. */
  move: (place: number) => void;
  reset: () => void;
}

/** What becomes of the held-out rows at a threshold that can be moved. */
export function Threshold({ rows, at, own, label, move, reset }: Props) {
  const row = rows[at]!;
  const rates = ratesAt(row);
  const isOwn = at === nearestTo(rows, own);
  return (
    <Section
      title="At a threshold"
      note="Rows with at least this probability are called positive. Moving it changes nothing but this page."
      actions={
        <Button size="xs" variant="default" disabled={isOwn} onClick={reset}>
          Back to the version's {formatNumber(own)}
        </Button>
      }
    >
      <Stack gap="md">
        {rows.length > 1 && (
          <div>
            <Group justify="space-between" mb={4}>
              <Text size="sm" id="threshold-label">
                Threshold
              </Text>
              <Text size="sm" fw={600} className="numbers">
                {row.threshold.toFixed(4)}
                {isOwn && " (the version's)"}
              </Text>
            </Group>
            {/* The browser's own: Mantine's cannot say which value a place stands for. */}
            <input
              type="range"
              className="slider"
              aria-labelledby="threshold-label"
              aria-valuetext={row.threshold.toFixed(4)}
              min={0}
              max={rows.length - 1}
              value={at}
              onChange={({ currentTarget }) => move(Number(currentTarget.value))}
            />
            <Group justify="space-between" mt={2}>
              <Text size="xs" c="dimmed">
                {rows[0]!.threshold.toFixed(4)}
              </Text>
              <Text size="xs" c="dimmed">
                {rows.at(-1)!.threshold.toFixed(4)}
              </Text>
            </Group>
          </div>
        )}
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
          <Confusion row={row} label={label} />
          <Figures
            cols={{ base: 2, sm: 3 }}
            of={[
              ["Precision", formatPercent(rates.precision)],
              ["Recall", formatPercent(rates.recall)],
              ["F1", rates.f1 === null ? "–" : rates.f1.toFixed(4)],
              ["Accuracy", formatPercent(rates.accuracy)],
              ["False positive rate", formatPercent(rates.falsePositiveRate)],
              ["Called positive", formatPercent(rates.called / rates.rows)],
            ]}
          />
        </SimpleGrid>
      </Stack>
    </Section>
  );
}

/** Counts by label and by what is called, each cell as dark as its share of its row. */
function Confusion({ row, label }: { row: ThresholdRow; label: string }) {
  const lines = [
    { name: "true", called: row.truePositives, not: row.falseNegatives, right: "called" },
    { name: "false", called: row.falsePositives, not: row.trueNegatives, right: "not" },
  ];
  const cell = (count: number, of: number, right: boolean) => {
    const share = of === 0 ? 0 : count / of;
    const color = right ? "64, 99, 235" : "232, 89, 12";
    return (
      <Table.Td ta="right" style={{ background: `rgba(${color}, ${(0.04 + 0.24 * share).toFixed(3)})` }}>
        <Text fw={600}>{formatNumber(count)}</Text>
        <Text size="xs">{formatPercent(share)}</Text>
      </Table.Td>
    );
  };
  return (
    <Table withTableBorder withColumnBorders aria-label="Confusion matrix">
      <Table.Thead>
        <Table.Tr>
          <Table.Th style={{ overflowWrap: "anywhere" }}>
            <Breakable name={label} />
          </Table.Th>
          <Table.Th ta="right">Called positive</Table.Th>
          <Table.Th ta="right">Called negative</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map(({ name, called, not, right }) => (
          <Table.Tr key={name}>
            <Table.Th scope="row">{name}</Table.Th>
            {cell(called, called + not, right === "called")}
            {cell(not, called + not, right === "not")}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
