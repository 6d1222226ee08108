import { Group, Select, SimpleGrid } from "@mantine/core";
import { Chart } from "../../parts/chart.js";
import { DataTable } from "../../parts/data-table.js";
import { formatMetric, formatNumber } from "../../parts/format.js";
import { Section } from "../../parts/page.js";
import type { RunData } from "./run.js";

interface Props {
  run: RunData;
  /** The series that is drawn. */
  series: string;
  choose: (series: string | null) => void;
}

/** What it measured: the latest of every series, and the course of one that has more than one point. */
export function Metrics({ run, series, choose }: Props) {
  const { latestMetrics, curve } = run;
  if (latestMetrics.length === 0) return null;
  const courses = latestMetrics.filter(({ step }) => step > 0).map(({ name }) => name);
  return (
    <Section title="Metrics">
      <SimpleGrid cols={{ base: 1, md: courses.length > 0 ? 2 : 1 }} spacing="xl">
        <DataTable
          label="Metrics"
          rows={latestMetrics}
          keyOf={({ name }) => name}
          maxHeight={420}
          columns={[
            { name: "Metric", cell: ({ name }) => name },
            {
              name: "Value",
              numeric: true,
              cell: ({ value, text }) => (value === null ? text : formatMetric(value)),
            },
            { name: "Step", numeric: true, cell: ({ step }) => step },
          ]}
        />
        {courses.length > 0 && (
          <div>
            {courses.length > 1 && (
              <Group mb="xs">
                <Select
                  label="Course of"
                  placeholder="Choose a metric"
                  data={courses}
                  value={courses.includes(series) ? series : null}
                  onChange={choose}
                  allowDeselect={false}
                  searchable
                />
              </Group>
            )}
            <Course name={series} of={curve} />
          </div>
        )}
      </SimpleGrid>
    </Section>
  );
}

/** One series by its steps. */
function Course({ name, of }: { name: string; of: RunData["curve"] }) {
  const points = of.flatMap(({ step, value }) =>
    value === null || value === undefined ? [] : [{ step, value }],
  );
  if (points.length < 2) return null;
  const least = points.reduce((best, point) => (point.value < best.value ? point : best));
  const most = points.reduce((best, point) => (point.value > best.value ? point : best));
  const cut = of.length === 1_000 ? " The first 1 000 points." : "";
  return (
    <Chart
      title={name}
      summary={`Least ${formatNumber(least.value)} at step ${least.step}, greatest ${formatNumber(most.value)} at step ${most.step}.${cut}`}
      of={of}
      plot={(plot) => ({
        x: { label: "step" },
        y: { label: name, grid: true },
        marks: [
          plot.lineY(points, {
            x: "step",
            y: "value",
            stroke: "var(--mantine-color-indigo-5)",
            strokeWidth: 2,
          }),
          plot.dot([least], { x: "step", y: "value", fill: "var(--mantine-color-indigo-5)", r: 4 }),
        ],
      })}
      table={{ columns: ["step", name], rows: points.map(({ step, value }) => [step, value]) }}
    />
  );
}
