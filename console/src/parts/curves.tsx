import { Box, Group, Text } from "@mantine/core";
import type { PlotOptions } from "@observablehq/plot";
import { Chart } from "./chart.js";

type PlotModule = typeof import("@observablehq/plot");

/** One version's curve among others, as `Evaluation` answers it. */
export interface CurveSeries {
  /** In the legend and in the table; no two alike. */
  name: string;
  points: readonly CurvePoint[];
  /** Which of the strokes, where several pictures show the same ones; absent: by the order in this picture. */
  place?: number;
  /** Where the threshold stands now. */
  mark?: { x: number; y: number } | null;
}

interface CurvePoint {
  x: number;
  y: number;
  threshold?: number | null;
  count?: number | null;
}

export type CurveKind = "roc" | "precisionRecall" | "calibration" | "lift";

interface CurveLook {
  title: string;
  x: string;
  y: string;
  /** What to see in it. */
  summary: string;
  /** From where to where a model without merit, or a perfect one, would go. */
  guide: readonly { x: number; y: number }[];
  /** The scale of y; as far as the points go where there is none. */
  domain?: readonly [number, number];
  /** Points are few, and each stands for rows of its own: all alike, or the larger the more. */
  dots?: "alike" | "by rows";
}

const RISING = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
];
const UNIT = [0, 1] as const;

const LOOKS: Record<CurveKind, CurveLook> = {
  roc: {
    title: "ROC",
    x: "false positive rate",
    y: "true positive rate",
    summary: "The further above the dashed line, the better it ranks.",
    guide: RISING,
    domain: UNIT,
  },
  precisionRecall: {
    title: "Precision and recall",
    x: "recall",
    y: "precision",
    summary: "How many of those called positive are, by how many of the positive are found.",
    guide: [],
    domain: UNIT,
  },
  calibration: {
    title: "Calibration",
    x: "mean probability",
    y: "share that is positive",
    summary:
      "On the dashed line probabilities are what happens. The larger a dot, the more rows it stands for.",
    guide: RISING,
    domain: UNIT,
    dots: "by rows",
  },
  lift: {
    title: "Lift",
    x: "share of the rows, the likeliest first",
    y: "lift",
    summary: "How many times more positives than among rows taken at random: 1, the dashed line.",
    guide: [
      { x: 0, y: 1 },
      { x: 1, y: 1 },
    ],
    dots: "alike",
  },
};

/** Told apart on white and on black, and by their dashes where colours are not seen. */
const STROKES = ["indigo-5", "orange-7", "teal-7", "grape-6", "red-7", "cyan-7", "lime-9", "pink-6"].map(
  (color) => `var(--mantine-color-${color})`,
);
const DASHES = ["none", "6 3", "2 3", "8 3 2 3"];
export const strokeOf = (index: number): string => STROKES[index % STROKES.length]!;
export const dashOf = (index: number): string => DASHES[index % DASHES.length]!;

/** A curve of one version, or those of several laid over each other. */
export function Curves({
  kind,
  of,
  height = 280,
}: {
  kind: CurveKind;
  of: readonly CurveSeries[];
  height?: number;
}) {
  const look = LOOKS[kind];
  const shown = of.filter(({ points }) => points.length > 0);
  if (shown.length === 0) return null;
  return (
    <Box>
      <Chart
        title={look.title}
        summary={look.summary}
        of={JSON.stringify(shown)}
        plot={(plot) => ({ ...plotOf(plot, look, shown), height })}
        table={{
          columns: [...(shown.length > 1 ? ["version"] : []), look.x, look.y, "threshold", "rows"],
          rows: shown.flatMap(({ name, points }) =>
            points.map(({ x, y, threshold, count }) => [
              ...(shown.length > 1 ? [name] : []),
              ...[x, y, threshold, count],
            ]),
          ),
        }}
      />
      {shown.length > 1 && <Legend of={shown} />}
    </Box>
  );
}

function plotOf(plot: PlotModule, look: CurveLook, series: readonly CurveSeries[]): PlotOptions {
  const marks = series.flatMap(({ points, mark, place }, order) => {
    const index = place ?? order;
    return [
      plot.line(points, {
        x: "x",
        y: "y",
        stroke: strokeOf(index),
        strokeWidth: 2,
        strokeDasharray: dashOf(index),
      }),
      ...(look.dots
        ? [
            plot.dot(points, {
              x: "x",
              y: "y",
              fill: strokeOf(index),
              r: look.dots === "alike" ? 3 : radiiOf(points),
            }),
          ]
        : []),
      ...(mark
        ? [
            plot.dot([mark], {
              x: "x",
              y: "y",
              fill: strokeOf(index),
              stroke: "var(--mantine-color-body)",
              r: 6,
            }),
          ]
        : []),
    ];
  });
  const guide = plot.line(look.guide, {
    x: "x",
    y: "y",
    stroke: "var(--mantine-color-dimmed)",
    strokeDasharray: "3 4",
  });
  return {
    r: { type: "identity" },
    x: { label: look.x, domain: [0, 1], grid: true },
    y: { label: look.y, grid: true, ...(look.domain ? { domain: [...look.domain] } : { zero: true }) },
    marks: [guide, ...marks],
  };
}

/** In pixels; the area follows the rows. */
function radiiOf(points: readonly CurvePoint[]): number[] {
  const most = Math.max(1, ...points.map(({ count }) => count ?? 0));
  return points.map(({ count }) => 1.5 + 6 * Math.sqrt((count ?? 0) / most));
}

/** Which line is whose. */
export function Legend({ of }: { of: readonly Pick<CurveSeries, "name" | "place">[] }) {
  return (
    <Group gap="md" mt={4} component="ul" p={0} m={0} style={{ listStyle: "none" }}>
      {of.map(({ name, place }, order) => (
        <Group key={name} gap={6} component="li" wrap="nowrap">
          <svg width="26" height="10" aria-hidden="true">
            <line
              x1="1"
              x2="25"
              y1="5"
              y2="5"
              stroke={strokeOf(place ?? order)}
              strokeWidth="3"
              strokeDasharray={dashOf(place ?? order)}
            />
          </svg>
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {name}
          </Text>
        </Group>
      ))}
    </Group>
  );
}
