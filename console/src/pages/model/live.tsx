import { useQuery } from "@apollo/client/react";
import { SimpleGrid, Stack, Text } from "@mantine/core";
import type { LiveQuery, Task } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Chart } from "../../parts/chart.js";
import { Facts } from "../../parts/facts.js";
import { formatNumber, formatPercent } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { LOOKS, taskOfModel } from "../../parts/tasks.js";
import { useSession } from "../../session.js";

const LIVE = graphql(`
  query Live($name: String!, $first: Int!) {
    model(name: $name) {
      id
      liveHistory(first: $first) {
        day
        version
        predictions
        meanProbability
        positiveShare
        meanValue
        live {
          labelled
          auc
          logLoss
          accuracy
          rmse
          mae
        }
      }
      shadow: alias(name: "shadow") {
        id
        version
        shadowComparison {
          predictions
          agreement
          meanProbability
          meanServedProbability
          meanValue
          meanServedValue
          meanShift
          maxShift
          ksStatistic
          ksPValue
          table {
            neither
            onlyShadow
            onlyServed
            both
          }
        }
      }
    }
  }
`);

type LiveModel = NonNullable<LiveQuery["model"]>;
type Point = NonNullable<LiveModel["liveHistory"]>[number];

/** How the model does on what it was asked, and its shadow beside it. */
export function Live({ name }: { name: string }) {
  const task = taskOfModel(useSession().deployment.services, name);
  const result = useQuery(LIVE, { variables: { name, first: 60 } });
  return (
    <>
      <Section
        title="Live"
        note="What was answered, by UTC day, as far as the prediction log goes back; judged by the newest labels."
      >
        <Loaded result={result}>{({ model }) => <Days of={model?.liveHistory ?? []} task={task} />}</Loaded>
      </Section>
      <Section
        title="Shadow"
        note="A version with the alias shadow scores the same requests after the answer."
      >
        <Loaded result={result} lines={3}>
          {({ model }) => <Shadow of={model?.shadow ?? null} task={task} />}
        </Loaded>
      </Section>
    </>
  );
}

function Days({ of, task }: { of: readonly Point[]; task: Task }) {
  if (of.length === 0) {
    return (
      <Empty title="No answer is logged">
        Ask for predictions without a date. Where none appears, PREDICTION_LOG_SAMPLE may be 0.
      </Empty>
    );
  }
  const isValue = of.some(({ meanValue }) => typeof meanValue === "number");
  const measured = LOOKS[task].live;
  const judged = of.filter(({ live }) => typeof live?.[measured[0]?.field ?? "auc"] === "number");
  const labelled = of.reduce((sum, { live }) => sum + (live?.labelled ?? 0), 0);
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <ByDay title="Answers" of={of} value={({ predictions }) => predictions} unit="logged predictions" />
        {isValue ? (
          <ByDay title="Mean value" of={of} value={({ meanValue }) => meanValue ?? null} unit="mean" />
        ) : (
          <ByDay
            title={task === "MULTICLASS" ? "Mean probability of the class" : "Mean probability"}
            of={of}
            value={({ meanProbability }) => meanProbability ?? null}
            unit="mean"
          />
        )}
        {judged.length > 0 &&
          measured.map(({ field, title, better }) => (
            <ByDay
              key={field}
              title={title}
              of={judged}
              value={({ live }) => live?.[field] ?? null}
              unit={`${title}, ${better} is better`}
            />
          ))}
      </SimpleGrid>
      {judged.length === 0 && (
        <Text size="sm" c="dimmed">
          {labelled === 0
            ? "No label is known yet of who was asked about: ingest a delivery with labels to judge the answers."
            : `${labelled === 1 ? "1 answer has" : `${formatNumber(labelled)} answers have`} a label, all alike: not enough to judge by.`}
        </Text>
      )}
    </Stack>
  );
}

/** A line for each version; a day alone is a point. */
function ByDay({
  title,
  of,
  value,
  unit,
}: {
  title: string;
  of: readonly Point[];
  value: (point: Point) => number | null;
  unit: string;
}) {
  const points = of.flatMap((point) => {
    const y = value(point);
    return y === null
      ? []
      : [{ day: new Date(`${point.day}T00:00:00Z`), y, version: `version ${point.version}` }];
  });
  return (
    <Chart
      title={title}
      of={JSON.stringify(points)}
      plot={(plot) => ({
        height: 200,
        marginRight: 70,
        marginTop: 28,
        x: { type: "utc", label: null },
        y: { label: unit, grid: true, zero: title === "Answers" },
        color: { legend: false, scheme: "observable10" },
        marks: [
          plot.line(points, { x: "day", y: "y", stroke: "version", z: "version" }),
          plot.dot(points, { x: "day", y: "y", fill: "version", r: 3.5 }),
          plot.text(
            points,
            plot.selectLast({ x: "day", y: "y", z: "version", text: "version", dx: 8, textAnchor: "start" }),
          ),
        ],
      })}
      table={{
        columns: ["day", "version", unit],
        rows: of.map((point) => [point.day, point.version, value(point)]),
      }}
    />
  );
}

function Shadow({ of, task }: { of: LiveModel["shadow"]; task: Task }) {
  if (!of)
    return <Empty title="No version is a shadow">Give a version the alias shadow, under Aliases.</Empty>;
  const { version, shadowComparison: compared } = of;
  if (compared.predictions === 0)
    return (
      <Empty title={`Version ${version} has scored nothing yet`}>
        It scores what is answered from now on.
      </Empty>
    );
  const { table } = compared;
  const isValue = typeof compared.meanValue === "number";
  const decided: [string, string][] = [
    ["Only shadow says 1", formatNumber(table.onlyShadow)],
    ["Only served says 1", formatNumber(table.onlyServed)],
    ["Both say 1", formatNumber(table.both)],
    ["Neither says 1", formatNumber(table.neither)],
  ];
  return (
    <Facts
      of={[
        ["Version", version],
        ["Answers compared", formatNumber(compared.predictions)],
        ...(isValue ? [] : [["Says the same", formatPercent(compared.agreement)] as const]),
        ...(task === "BINARY" ? decided : []),
        [
          isValue ? "Mean value" : "Mean probability",
          isValue
            ? `${formatNumber(compared.meanValue)}, served ${formatNumber(compared.meanServedValue)}`
            : `${formatNumber(compared.meanProbability)}, served ${formatNumber(compared.meanServedProbability)}`,
        ],
        ["Mean difference", formatNumber(compared.meanShift)],
        ["Greatest difference", formatNumber(compared.maxShift)],
        [
          "Distributions alike",
          `Kolmogorov–Smirnov ${formatNumber(compared.ksStatistic)}, p ${formatNumber(compared.ksPValue)}`,
        ],
      ]}
    />
  );
}
