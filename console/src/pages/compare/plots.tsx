import { Box, Group, MultiSelect, ScrollArea, Select, Stack, Text } from "@mantine/core";
import { Chart } from "../../parts/chart.js";
import { formatMetric, formatValue } from "../../parts/format.js";
import { Section } from "../../parts/page.js";
import { useUrlList, useUrlState } from "../../parts/url-state.js";
import { type CompareAxis, defaultAxes, scaleOf } from "./axes.js";

interface Props {
  labels: readonly string[];
  axes: readonly CompareAxis[];
}

const label = (value: unknown): string =>
  typeof value === "number" && !Number.isInteger(value) ? formatMetric(value) : formatValue(value);

const optionsOf = (axes: readonly CompareAxis[]) =>
  (["param", "metric"] as const).map((kind) => ({
    group: kind === "param" ? "Parameters" : "Metrics",
    items: axes.filter((axis) => axis.kind === kind).map(({ key, name }) => ({ value: key, label: name })),
  }));

/** Any two parameters or metrics against each other, a dot a run. */
export function Scatter({ labels, axes }: Props) {
  const defaults = defaultAxes(axes);
  const [x, setX] = useUrlState("x");
  const [y, setY] = useUrlState("y");
  const find = (key: string, instead: string | null) =>
    axes.find((axis) => axis.key === key) ?? axes.find((axis) => axis.key === instead);
  const [across, up] = [find(x, defaults.x), find(y, defaults.y)];
  const dots = labels.flatMap((run, place) => {
    const [a, b] = [across?.values[place] ?? null, up?.values[place] ?? null];
    return a === null || b === null ? [] : [{ run, x: plotted(a), y: plotted(b) }];
  });
  return (
    <Section title="Scatter" note="A dot a run; runs without one of the two are left out.">
      <Stack>
        <Group>
          <AxisSelect label="Across" axes={axes} value={across?.key ?? null} choose={setX} />
          <AxisSelect label="Up" axes={axes} value={up?.key ?? null} choose={setY} />
        </Group>
        {across && up && dots.length > 0 ? (
          <Chart
            title={`${up.name} by ${across.name}`}
            summary={dots.length === 1 ? "One run has both." : `${dots.length} runs.`}
            of={JSON.stringify([across.key, up.key, dots])}
            plot={(plot) => ({
              height: 320,
              x: { label: across.name, grid: true },
              y: { label: up.name, grid: true },
              marks: [
                plot.dot(dots, {
                  x: "x",
                  y: "y",
                  r: 5,
                  fill: "var(--mantine-color-indigo-5)",
                  fillOpacity: 0.7,
                  title: ({ run, x, y }: (typeof dots)[number]) =>
                    `${run}\n${across.name} ${x}\n${up.name} ${y}`,
                }),
              ],
            })}
            table={{
              columns: ["run", across.name, up.name],
              rows: dots.map(({ run, x, y }) => [run, x, y]),
            }}
          />
        ) : (
          <Text size="sm">Choose two that the runs have.</Text>
        )}
      </Stack>
    </Section>
  );
}

/** Numbers as they are; everything else by its name. */
const plotted = (value: unknown): number | string => (typeof value === "number" ? value : label(value));

function AxisSelect({
  label,
  axes,
  value,
  choose,
}: {
  label: string;
  axes: readonly CompareAxis[];
  value: string | null;
  choose: (key: string | null) => void;
}) {
  return (
    <Select
      label={label}
      data={optionsOf(axes)}
      value={value}
      onChange={choose}
      allowDeselect={false}
      searchable
      w={260}
      maxDropdownHeight={300}
    />
  );
}

/** Every run as a line over any parameters and metrics, coloured by the last of them. */
export function Parallel({ labels, axes }: Props) {
  const [chosen, choose] = useUrlList("axis");
  const keys = chosen.length > 0 ? chosen : defaultAxes(axes).parallel;
  const drawn = keys.flatMap((key) => axes.find((axis) => axis.key === key) ?? []);
  return (
    <Section
      title="Parallel coordinates"
      note="A line a run, over the parameters and metrics in the order they are chosen; the colour is that of the last."
    >
      <Stack>
        <MultiSelect
          label="Axes"
          data={optionsOf(axes)}
          value={drawn.map(({ key }) => key)}
          onChange={choose}
          searchable
          maxValues={12}
          maxDropdownHeight={300}
        />
        {drawn.length >= 2 ? (
          <ScrollArea
            type="auto"
            offsetScrollbars="x"
            viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Parallel coordinates" }}
          >
            <Box miw={110 * drawn.length}>
              <Lines labels={labels} axes={drawn} />
            </Box>
          </ScrollArea>
        ) : (
          <Text size="sm">Choose at least two.</Text>
        )}
      </Stack>
    </Section>
  );
}

function Lines({ labels, axes }: Props) {
  const scales = axes.map((axis) => scaleOf(axis, label));
  const last = scales.at(-1)!;
  const points = labels.flatMap((run, place) =>
    scales.flatMap(({ places }, at) => {
      const y = places[place] ?? null;
      return y === null ? [] : [{ run, axis: at, y, shade: last.places[place] ?? null }];
    }),
  );
  const ticks = scales.flatMap(({ ticks }, at) => shownTicks(ticks).map((tick) => ({ ...tick, axis: at })));
  const lastName = axes.at(-1)!.name;
  return (
    <Chart
      title={axes.map(({ name }) => name).join(", ")}
      summary={`Orange: the least ${lastName}; blue: the greatest.`}
      of={JSON.stringify([axes.map(({ key }) => key), points])}
      plot={(plot) => ({
        height: 340,
        marginLeft: 60,
        marginRight: 60,
        marginTop: 36,
        marginBottom: 16,
        x: { axis: null, domain: [0, axes.length - 1] },
        y: { axis: null, domain: [0, 1] },
        color: { type: "linear", domain: [0, 1], range: ["#e8590c", "#4c6ef5"], unknown: "#868e96" },
        marks: [
          plot.ruleX(axes.keys(), { stroke: "var(--mantine-color-dimmed)" }),
          plot.line(points, {
            x: "axis",
            y: "y",
            z: "run",
            stroke: "shade",
            strokeOpacity: 0.65,
            strokeWidth: 1.5,
            title: "run",
          }),
          plot.text(ticks, {
            x: "axis",
            y: "place",
            text: "label",
            dx: 6,
            textAnchor: "start",
            stroke: "var(--mantine-color-body)",
            fill: "var(--mantine-color-text)",
          }),
          plot.text(axes, {
            x: (_: CompareAxis, at: number) => at,
            y: 1,
            dy: -20,
            text: ({ name }: CompareAxis) => name.replace(/^hyperparameters\./, ""),
            fontWeight: 600,
          }),
        ],
      })}
      table={{
        columns: ["run", ...axes.map(({ name }) => name)],
        rows: labels.map((run, place) => [run, ...axes.map(({ values }) => values[place])]),
      }}
    />
  );
}

/** As many labels as can be read on one axis. */
const shownTicks = <Tick,>(ticks: readonly Tick[]): readonly Tick[] =>
  ticks.length <= 12 ? ticks : ticks.filter((_, at) => at % Math.ceil(ticks.length / 12) === 0);
