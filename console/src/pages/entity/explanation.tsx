import { Text } from "@mantine/core";
import type { PlotOptions } from "@observablehq/plot";
import { Chart } from "../../parts/chart.js";
import { formatNumber, formatPercent, formatValue, MASKED } from "../../parts/format.js";
import {
  type Bar,
  bars,
  type Contribution,
  classScaleOf,
  probabilityAt,
  type Scale,
  scaleOf,
  valueAt,
  valueScaleOf,
} from "./waterfall.js";

interface Props {
  probability?: number | null;
  /** Of a regression, in place of a probability. */
  value?: number | null;
  /** Of several classes that which is explained; the probability is its own. */
  class?: string | null;
  baseValue?: number | null;
  contributions?: readonly Contribution[] | null;
}

/** What each feature adds to the answer, from what the model says of nobody in particular. */
export function Explanation({ probability, value, class: name, baseValue, contributions }: Props) {
  if (!contributions || baseValue === null || baseValue === undefined) {
    return (
      <Text size="sm">
        This version cannot be explained: it has no trees or linear terms that asof can read.
      </Text>
    );
  }
  const told = contributions.map((each) => (each.masked ? { ...each, value: MASKED } : each));
  const drawn = bars(baseValue, told, formatValue);
  const sum = drawn.at(-1)?.to ?? baseValue;
  const isValue = typeof value === "number";
  const scale = isValue
    ? valueScaleOf(sum, value)
    : (name ? classScaleOf : scaleOf)(sum, probability ?? Number.NaN);
  const inFull = name ? `${scale === "probability" ? "probability of" : "score of"} ${name}` : scale;
  const start = isValue ? valueAt(baseValue, scale) : probabilityAt(baseValue, scale);
  const shown = isValue ? formatNumber : formatPercent;
  // A score is made to a probability only beside those of the other classes.
  const end = scale === "score of the class" ? formatNumber(sum) : shown(isValue ? value : probability);
  const sides = isValue
    ? "to the right higher, to the left lower"
    : "to the right more likely, to the left less";
  return (
    <Chart
      title="Why"
      summary={`From ${start === null ? formatNumber(baseValue) : shown(start)} when no feature is known to ${end}. Each bar is what a feature adds to the ${inFull}: ${sides}.`}
      of={[drawn, scale]}
      table={{
        columns: ["feature", `adds to the ${scale}`, "sum"],
        rows: drawn.map(({ label, from, to }) => [label, to - from, to]),
      }}
      plot={(plot, width) => waterfall(plot, width, drawn, scale, baseValue, sum)}
    />
  );
}

/** Labels beside the bars; above them where that would leave no place for bars. */
function waterfall(
  plot: typeof import("@observablehq/plot"),
  width: number,
  drawn: readonly Bar[],
  scale: Scale,
  base: number,
  sum: number,
): PlotOptions {
  const widest = 12 + 6.6 * Math.max(...drawn.map(({ label }) => label.length), 0);
  const above = widest > width / 2;
  return {
    height: (above ? 44 : 28) * drawn.length + 60,
    marginTop: 24,
    marginLeft: above ? 8 : widest,
    marginRight: 60,
    x: { label: `${scale} →`, grid: true, nice: true, ticks: Math.max(2, Math.floor(width / 110)) },
    y: { label: null, domain: drawn.map(({ label }) => label), tickSize: 0, axis: above ? null : "left" },
    marks: [
      plot.ruleX([base], { stroke: "currentColor", strokeDasharray: "3 3" }),
      plot.ruleX([sum], { stroke: "currentColor" }),
      plot.barX(drawn, {
        x1: "from",
        x2: "to",
        y: "label",
        insetTop: above ? 18 : 3,
        insetBottom: 3,
        fill: ({ from, to }: Bar) => (to >= from ? "var(--status-orange)" : "var(--status-blue)"),
      }),
      above
        ? plot.text(drawn, {
            y: "label",
            text: "label",
            frameAnchor: "left",
            dy: -13,
            fill: "currentColor",
            stroke: "var(--mantine-color-body)",
          })
        : null,
      plot.text(drawn, {
        x: ({ from, to }: Bar) => Math.max(from, to),
        y: "label",
        text: ({ from, to }: Bar) => added(to - from),
        textAnchor: "start",
        dx: 5,
        dy: above ? 8 : 0,
        fill: "currentColor",
      }),
    ],
  };
}

/** With as many digits each, so that they can be compared. */
function added(value: number): string {
  const digits = Math.abs(value).toFixed(3);
  return Number(digits) === 0 ? "0" : `${value > 0 ? "+" : "−"}${digits}`;
}
