import { useApolloClient } from "@apollo/client/react";
import { Alert, Button, Group, Progress, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { CompareVersionsQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { formatMetric } from "../../parts/format.js";
import { messageOf } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { LESS_IS_BETTER, LOOKS, taskOfModel } from "../../parts/tasks.js";
import { useSession } from "../../session.js";
import type { CompareAxis } from "./axes.js";
import type { ComparedRun } from "./compare.js";

const COMPARE_VERSIONS = graphql(`
  query CompareVersions($model: String!, $version: Int!, $with: Int!, $metric: String) {
    compareVersions(model: $model, version: $version, with: $with, metric: $metric) {
      asOf
      labelAsOf
      rows
      metric
      value
      other
      difference
      lower
      upper
      confidence
    }
  }
`);

type Verdict = NonNullable<CompareVersionsQuery["compareVersions"]>;

/** As many as are compared with one on one click: each takes part of a second of the server. */
const MOST_TESTED = 10;

interface Props {
  runs: readonly ComparedRun[];
  labels: readonly string[];
  axes: readonly CompareAxis[];
}

interface Contender {
  id: string;
  label: string;
  model: string;
  version: number;
}

/** Whether one model is better than the others, or only luckier in the rows it was measured on. */
export function Difference({ runs, labels, axes }: Props) {
  const { can, deployment } = useSession();
  const client = useApolloClient();
  const contenders = contendersOf(runs, labels);
  const [first, setFirst] = useState<string | null>(null);
  const [asked, setMetric] = useState<string | null>(null);
  const [done, setDone] = useState<number | null>(null);
  const [verdicts, setVerdicts] = useState<
    { of: Contender; verdict: Verdict | null; problem: string | null }[]
  >([]);
  if (contenders.length < 2) {
    return (
      <Section title="Is the difference real?">
        <Text size="sm">
          At least two runs with versions of one model are needed: their models are scored again on the same
          rows, which neither was trained on. A run of <b>train and compare</b> says the same of its candidate
          and Production.
        </Text>
      </Section>
    );
  }
  if (!can("OPERATOR")) {
    return (
      <Section title="Is the difference real?">
        <Text size="sm">The models are scored again for it, which takes the role operator.</Text>
      </Section>
    );
  }
  const named = contenders.find(({ id }) => id === first);
  const { compared } = LOOKS[taskOfModel(deployment.services, (named ?? contenders[0]!).model)];
  const metric = compared.find((name) => name === asked) ?? compared[0] ?? "auc";
  const chosen = named ?? bestOf(contenders, runs, axes, metric);
  const others = contenders
    .filter(
      ({ id, model, version }) => id !== chosen.id && model === chosen.model && version !== chosen.version,
    )
    .slice(0, MOST_TESTED);

  const test = async () => {
    setVerdicts([]);
    const found: typeof verdicts = [];
    for (const [index, of] of others.entries()) {
      setDone(index);
      const variables = { model: of.model, version: chosen.version, with: of.version, metric };
      try {
        const { data } = await client.query({ query: COMPARE_VERSIONS, variables });
        found.push({ of, verdict: data?.compareVersions ?? null, problem: null });
      } catch (error) {
        found.push({ of, verdict: null, problem: messageOf(error) });
      }
      setVerdicts([...found]);
    }
    setDone(null);
  };

  return (
    <Section
      title="Is the difference real?"
      note="Both models on the same labelled rows, which neither was trained on; rows are drawn again a thousand times. Where the interval excludes 0, the difference is more than chance."
    >
      <Stack align="flex-start">
        <Group align="end">
          <Select
            label="Is this one better"
            description="The best by the metric, unless you choose"
            data={contenders.map(({ id, label }) => ({ value: id, label }))}
            value={chosen.id}
            allowDeselect={false}
            searchable
            onChange={setFirst}
            w={300}
          />
          <Select
            label="By"
            description="On the same rows"
            data={compared}
            value={metric}
            allowDeselect={false}
            w={180}
            onChange={setMetric}
          />
          <Button disabled={others.length === 0} loading={done !== null} onClick={() => void test()}>
            {others.length === 1 ? "Test against the other" : `Test against ${others.length} others`}
          </Button>
        </Group>
        {done !== null && (
          <Progress
            w="100%"
            value={(100 * done) / others.length}
            aria-label={`${done} of ${others.length} tested`}
          />
        )}
        {verdicts.length > 0 && (
          <DataTable
            label="Differences"
            rows={verdicts}
            keyOf={({ of }) => of.id}
            columns={[
              { name: "Than", cell: ({ of }) => <Link to={`/runs/${of.id}`}>{of.label}</Link> },
              {
                name: "Difference",
                numeric: true,
                cell: ({ verdict }) => (verdict ? signed(verdict.difference) : "–"),
              },
              {
                name: "Interval",
                numeric: true,
                cell: ({ verdict }) =>
                  verdict ? `${signed(verdict.lower)} to ${signed(verdict.upper)}` : "–",
              },
              { name: "Rows", cell: ({ verdict }) => (verdict ? `${verdict.rows} of ${verdict.asOf}` : "–") },
              {
                name: "So",
                cell: ({ verdict, problem }) =>
                  verdict ? conclusionOf(verdict, chosen.label) : <Text size="sm">{problem}</Text>,
              },
            ]}
          />
        )}
        {others.length === 0 && (
          <Alert color="orange" variant="light" title="Nothing to compare it with">
            The other runs registered the same version, or one of another model.
          </Alert>
        )}
      </Stack>
    </Section>
  );
}

const signed = (value: number): string => (value > 0 ? `+${formatMetric(value)}` : formatMetric(value));

function conclusionOf({ lower, upper, confidence }: Verdict, label: string): string {
  const sure = `${100 * confidence} %`;
  if (lower === 0 && upper === 0) return "no difference: both answer alike";
  if (lower > 0) return `${label} is better: real, at ${sure}`;
  if (upper < 0) return `${label} is worse: real, at ${sure}`;
  return "may be chance";
}

/** By what each measured on its own held-out rows: what the test is to confirm. */
function bestOf(
  contenders: readonly Contender[],
  runs: readonly ComparedRun[],
  axes: readonly CompareAxis[],
  metric: string,
): Contender {
  const values = axes.find(({ key }) => key === `metric:${metric}`)?.values ?? [];
  const merit = ({ id }: Contender): number => {
    const value = values[runs.findIndex((run) => run.id === id)];
    if (typeof value !== "number") return Number.NEGATIVE_INFINITY;
    return LESS_IS_BETTER.has(metric) ? -value : value;
  };
  return contenders.reduce((best, each) => (merit(each) > merit(best) ? each : best));
}

/** Runs with a version, by their order; of one version that several runs name, the first. */
function contendersOf(runs: readonly ComparedRun[], labels: readonly string[]): Contender[] {
  const seen = new Set<string>();
  return runs.flatMap(({ id, modelVersion }, place) => {
    if (!modelVersion || seen.has(modelVersion.id)) return [];
    seen.add(modelVersion.id);
    const { model, version } = modelVersion;
    return [{ id, label: labels[place]!, model, version }];
  });
}
