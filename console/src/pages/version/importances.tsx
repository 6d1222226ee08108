import { SimpleGrid } from "@mantine/core";
import type { VersionQuery } from "../../graphql/graphql.js";
import { Chart } from "../../parts/chart.js";
import { Section } from "../../parts/page.js";

type Importances = NonNullable<NonNullable<VersionQuery["modelVersion"]>["evaluation"]>["importances"];

const SHOWN = 25;
const ROW_HEIGHT = 20;

/** What is measured when a feature's values are dealt out at random, by the task. */
const MEASURED = {
  auc: {
    axis: "fall of the AUC",
    summary:
      "How far the AUC falls when the feature's values are dealt out at random among the held-out rows.",
  },
  log_loss: {
    axis: "rise of the log loss",
    summary:
      "How far the log loss rises when the feature's values are dealt out at random among the held-out rows.",
  },
  rmse: {
    axis: "rise of the rmse",
    summary:
      "How far the rmse rises when the feature's values are dealt out at random among the held-out rows.",
  },
} as const;

interface Props {
  of: Importances;
  by: keyof typeof MEASURED;
  /** Of several classes their names. */
  classes: readonly string[] | null | undefined;
}

/** Bars, the longest first; of many features the first ones, and all of them in the table. */
export function Importances({ of, by, classes }: Props) {
  if (of.length === 0) return null;
  const measures = [
    {
      field: "permutation",
      title: "By permutation",
      ...MEASURED[by],
    },
    {
      field: "gain",
      title: "By gain",
      axis: "share of all gain",
      summary: "What the model's splits on the feature gained while it was fitted.",
    },
    {
      field: "shap",
      title: "By explanation",
      axis: "mean |SHAP|",
      summary:
        "How much the feature adds to an answer, whichever way: the mean size of its contributions over held-out rows.",
    },
  ] as const;
  const classOf = new Map(of.map(({ feature, shapByClass }) => [feature, shapByClass]));
  return (
    <Section title="Importances">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        {measures.map(({ field, title, axis, summary }) => {
          const measured = of
            .flatMap(({ feature, [field]: value }) => (typeof value === "number" ? [{ feature, value }] : []))
            .sort((a, b) => b.value - a.value);
          const shown = measured.slice(0, SHOWN);
          if (shown.length === 0) return null;
          const longest = Math.max(...shown.map(({ feature }) => feature.length));
          const left = measured.length - shown.length;
          return (
            <Chart
              key={field}
              title={title}
              summary={left > 0 ? `${summary} The table has ${left} more.` : summary}
              of={of}
              plot={(plot) => ({
                height: 50 + ROW_HEIGHT * shown.length,
                marginLeft: Math.min(200, 16 + 7 * longest),
                x: { label: axis, grid: true, ticks: 3 },
                y: { label: null, domain: shown.map(({ feature }) => feature) },
                marks: [
                  plot.barX(shown, { x: "value", y: "feature", fill: "var(--mantine-color-indigo-5)" }),
                  plot.ruleX([0]),
                ],
              })}
              table={{
                columns: ["feature", axis, ...(field === "shap" ? (classes ?? []) : [])],
                rows: measured.map(({ feature, value }) => [
                  feature,
                  value,
                  ...((field === "shap" && classOf.get(feature)) || []),
                ]),
              }}
            />
          );
        })}
      </SimpleGrid>
    </Section>
  );
}
