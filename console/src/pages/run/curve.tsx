import type { RunQuery } from "../../graphql/graphql.js";
import { Chart } from "../../parts/chart.js";
import { Section } from "../../parts/page.js";

type Points = NonNullable<RunQuery["run"]>["curve"];

/** How the loss on rows that a fit did not see went down, tree by tree or iteration by iteration. */
export function Curve({ of }: { of: Points }) {
  const points = of.flatMap(({ step, value }) =>
    value === null || value === undefined ? [] : [{ step, value }],
  );
  if (points.length < 2) return null;
  const best = points.reduce((least, point) => (point.value < least.value ? point : least));
  return (
    <Section title="Learning curve">
      <Chart
        title="Log loss out of fold, by step"
        summary={`Least at step ${best.step}: ${best.value.toFixed(4)}.`}
        of={of}
        plot={(plot) => ({
          x: { label: "step" },
          y: { label: "log loss", grid: true },
          marks: [
            plot.lineY(points, {
              x: "step",
              y: "value",
              stroke: "var(--mantine-color-indigo-5)",
              strokeWidth: 2,
            }),
            plot.dot([best], { x: "step", y: "value", fill: "var(--mantine-color-indigo-5)", r: 4 }),
          ],
        })}
        table={{ columns: ["step", "log loss"], rows: points.map(({ step, value }) => [step, value]) }}
      />
    </Section>
  );
}
