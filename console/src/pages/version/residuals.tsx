import { Box, SimpleGrid } from "@mantine/core";
import type { VersionQuery } from "../../graphql/graphql.js";
import { barsOf, leastWidth } from "../../parts/bins.js";
import { Chart } from "../../parts/chart.js";

type Residual = NonNullable<
  NonNullable<NonNullable<VersionQuery["modelVersion"]>["evaluation"]>["residuals"]
>[number];

/** How far the labels of the held-out rows lie from the answers, on either side. */
export function Residuals({ of }: { of: readonly Residual[] }) {
  const bars = barsOf(of, leastWidth([of]));
  return (
    <SimpleGrid type="container" cols={{ base: 1, "900px": 2 }} spacing="xl">
      <Box>
        <Chart
          title="Residuals"
          summary="Labels less answers. Right of 0 the answer was too low, left of it too high; the outermost bars reach to the farthest rows."
          of={JSON.stringify(of)}
          plot={(plot) => ({
            height: 280,
            x: { label: "label less answer", ticks: 6 },
            y: { label: "rows by unit", grid: true, ticks: 4 },
            marks: [
              plot.rectY(bars, {
                x1: "from",
                x2: "to",
                y: "density",
                fill: "var(--mantine-color-indigo-5)",
                insetLeft: 0.5,
              }),
              plot.ruleX([0], { stroke: "currentColor", strokeDasharray: "3 3" }),
              plot.ruleY([0]),
            ],
          })}
          table={{
            columns: ["from", "to", "rows"],
            rows: of.map(({ from, to, count }) => [from, to, count]),
          }}
        />
      </Box>
    </SimpleGrid>
  );
}
