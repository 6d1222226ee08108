import { Text } from "@mantine/core";
import { Chart } from "../../parts/chart.js";
import { formatNumber, formatPercent, formatValue } from "../../parts/format.js";
import { bars, type Contribution, probabilityAt, scaleOf } from "./waterfall.js";

interface Props {
  probability: number;
  baseValue?: number | null;
  contributions?: readonly Contribution[] | null;
}

/** What each feature adds to the answer, from what the model says of nobody in particular. */
export function Explanation({ probability, baseValue, contributions }: Props) {
  if (!contributions || baseValue === null || baseValue === undefined) {
    return <Text size="sm">asof did not train this version, so it cannot say what each feature adds.</Text>;
  }
  const drawn = bars(baseValue, contributions, formatValue);
  const sum = drawn.at(-1)?.to ?? baseValue;
  const scale = scaleOf(sum, probability);
  const start = probabilityAt(baseValue, scale);
  const widest = Math.max(...drawn.map(({ label }) => label.length), 8);
  return (
    <Chart
      title="Why"
      summary={`From ${start === null ? formatNumber(baseValue) : formatPercent(start)} when no feature is known to ${formatPercent(
        probability,
      )}. Each bar is what a feature adds to the ${scale}: to the right more likely, to the left less.`}
      of={[drawn, scale]}
      table={{
        columns: ["feature", `adds to the ${scale}`, "sum"],
        rows: drawn.map(({ label, from, to }) => [label, to - from, to]),
      }}
      plot={(plot) => ({
        height: 30 * drawn.length + 60,
        marginLeft: Math.min(250, 10 + 6.6 * widest),
        marginRight: 56,
        x: { label: `${scale} →`, grid: true, nice: true },
        y: { label: null, domain: drawn.map(({ label }) => label), tickSize: 0 },
        marks: [
          plot.ruleX([baseValue], { stroke: "currentColor", strokeDasharray: "3 3" }),
          plot.ruleX([sum], { stroke: "currentColor" }),
          plot.barX(drawn, {
            x1: "from",
            x2: "to",
            y: "label",
            insetTop: 4,
            insetBottom: 4,
            fill: ({ from, to }) => (to >= from ? "var(--status-orange)" : "var(--status-blue)"),
          }),
          plot.text(drawn, {
            x: ({ from, to }) => Math.max(from, to),
            y: "label",
            text: ({ from, to }) => `${to >= from ? "+" : "−"}${formatNumber(Math.abs(to - from))}`,
            textAnchor: "start",
            dx: 5,
            fill: "currentColor",
          }),
        ],
      })}
    />
  );
}
