import { useQuery } from "@apollo/client/react";
import { Group, MultiSelect, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import type { OverlaidQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Chart } from "../../parts/chart.js";
import { type CurveKind, Curves, dashOf, Legend, strokeOf } from "../../parts/curves.js";
import { Loaded } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { useUrlList, useUrlState } from "../../parts/url-state.js";

const OVERLAID = graphql(`
  query Overlaid($ids: [ID!]!, $series: String!) {
    nodes(ids: $ids) {
      id
      ... on Run {
        latestMetrics(first: 200) {
          name
          step
        }
        metricHistory(name: $series, first: 1000) {
          step
          value
        }
        modelVersion {
          id
          evaluation {
            rows
            roc {
              x
              y
              threshold
            }
            precisionRecall {
              x
              y
              threshold
            }
            calibration {
              x
              y
              count
            }
          }
        }
      }
    }
  }
`);

/** More lines than can be told apart say nothing. */
const MOST_DRAWN = 8;
const LEARNING_CURVE = "validation_curve_log_loss";
const KINDS: readonly CurveKind[] = ["roc", "precisionRecall", "calibration"];

type Drawn = Extract<NonNullable<OverlaidQuery["nodes"][number]>, { latestMetrics: unknown }>;

/** Learning curves and curves on held-out rows, laid over each other. */
export function Overlaid({ ids, labels }: { ids: readonly string[]; labels: readonly string[] }) {
  const [chosen, choose] = useUrlList("drawn");
  const [series, setSeries] = useUrlState("series");
  const known = chosen.filter((id) => ids.includes(id));
  const drawn = (known.length > 0 ? known : ids).slice(0, MOST_DRAWN);
  const labelOf = (id: string) => labels[ids.indexOf(id)] ?? id;
  const variables = { ids: drawn, series: series || LEARNING_CURVE };
  const result = useQuery(OVERLAID, { variables });
  const data = result.data ?? result.previousData;
  return (
    <Section
      title="Curves"
      note={ids.length > MOST_DRAWN ? `${drawn.length} of ${ids.length} runs; choose which.` : undefined}
    >
      <Stack>
        {ids.length > 2 && (
          <MultiSelect
            label="Runs in the curves"
            data={ids.map((id) => ({ value: id, label: labelOf(id) }))}
            value={drawn}
            onChange={choose}
            maxValues={MOST_DRAWN}
            searchable
            limit={100}
          />
        )}
        <Loaded result={{ ...result, data }}>
          {({ nodes }) => {
            const runs = nodes.filter((node): node is Drawn => node !== null && "latestMetrics" in node);
            return (
              <Stack gap="lg">
                <Learning
                  runs={runs}
                  labelOf={labelOf}
                  series={series || LEARNING_CURVE}
                  setSeries={setSeries}
                />
                <HeldOut runs={runs} labelOf={labelOf} />
              </Stack>
            );
          }}
        </Loaded>
      </Stack>
    </Section>
  );
}

interface LearningProps {
  runs: readonly Drawn[];
  labelOf: (id: string) => string;
  series: string;
  setSeries: (series: string | null) => void;
}

function Learning({ runs, labelOf, series, setSeries }: LearningProps) {
  const names = [
    ...new Set(
      runs.flatMap(({ latestMetrics }) =>
        latestMetrics.filter(({ step }) => step > 0).map(({ name }) => name),
      ),
    ),
  ].sort();
  if (names.length === 0) return <Text size="sm">None of these runs has a series over steps.</Text>;
  const lines = runs.map(({ id, metricHistory }, place) => ({
    name: labelOf(id),
    place,
    points: metricHistory.flatMap(({ step, value }) =>
      value === null || value === undefined ? [] : [{ step, value }],
    ),
  }));
  const withPoints = lines.filter(({ points }) => points.length > 1);
  return (
    <div>
      {(names.length > 1 || !names.includes(series)) && (
        <Group mb="xs">
          <Select
            label="Series"
            data={names}
            value={names.includes(series) ? series : null}
            onChange={setSeries}
            allowDeselect={false}
            searchable
            placeholder="Choose"
          />
        </Group>
      )}
      {withPoints.length > 0 && (
        <>
          <Chart
            title={series}
            of={JSON.stringify(withPoints)}
            plot={(plot) => ({
              height: 300,
              x: { label: "step" },
              y: { label: series, grid: true },
              marks: withPoints.map(({ points, place }) =>
                plot.lineY(points, {
                  x: "step",
                  y: "value",
                  stroke: strokeOf(place),
                  strokeDasharray: dashOf(place),
                  strokeWidth: 2,
                }),
              ),
            })}
            table={{
              columns: ["run", "step", series],
              rows: withPoints.flatMap(({ name, points }) =>
                points.map(({ step, value }) => [name, step, value]),
              ),
            }}
          />
          <Legend of={withPoints} />
        </>
      )}
    </div>
  );
}

function HeldOut({ runs, labelOf }: Pick<LearningProps, "runs" | "labelOf">) {
  const judged = runs.flatMap(({ id, modelVersion }, place) =>
    modelVersion?.evaluation ? [{ name: labelOf(id), place, evaluation: modelVersion.evaluation }] : [],
  );
  if (judged.length === 0) {
    return (
      <Text size="sm">
        None of these runs registered a version with curves on held-out rows: trainings do.
      </Text>
    );
  }
  // Values and several classes have none; their metrics are beside each other above.
  if (!judged.some(({ evaluation }) => evaluation.roc))
    return <Text size="sm">These models do not answer yes or no: there are no curves by a threshold.</Text>;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
      {KINDS.map((kind) => (
        <Curves
          key={kind}
          kind={kind}
          of={judged.map(({ name, place, evaluation }) => ({
            name,
            place,
            points: evaluation[kind as "roc" | "precisionRecall" | "calibration"] ?? [],
          }))}
        />
      ))}
    </SimpleGrid>
  );
}
