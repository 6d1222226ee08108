import { List, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { DataTable } from "../../parts/data-table.js";
import { formatMetric, formatValue, inWords } from "../../parts/format.js";
import { Section } from "../../parts/page.js";
import { comparisonResult, lateDates, reproductionResult, searchResult } from "./results.js";
import type { RunData } from "./run.js";

/** What came of it, by kind: a verdict with its numbers, differences one by one, trials by their value. */
export function Outcome({ run }: { run: RunData }) {
  if (run.status !== "SUCCEEDED") return null;
  if (run.kind === "REPRODUCE") return <Reproduction of={run.result} />;
  if (run.kind === "TRAIN_AND_COMPARE" || run.kind === "TRAIN_EXTERNALLY") return <Verdict of={run.result} />;
  if (run.kind === "TUNE") return <Search of={run.result} />;
  if (run.kind === "INGEST") return <LateEvents of={run.result} />;
  return null;
}

/** Which dates are stale by what the delivery brought. */
function LateEvents({ of }: { of: unknown }) {
  const dates = lateDates(of);
  if (dates.length === 0) return null;
  return (
    <Section
      title="Late events"
      note="Events of this delivery that came after the window features of these dates were computed. Their snapshots stay as they are until a resnapshot makes the next revision."
    >
      <DataTable
        label="Late events"
        rows={dates}
        keyOf={({ asOf }) => asOf}
        maxHeight={420}
        columns={[
          { name: "Date", cell: ({ asOf }) => <Link to={`/snapshots/${asOf}`}>{asOf}</Link> },
          { name: "Events", numeric: true, cell: ({ lateEvents }) => lateEvents },
        ]}
      />
    </Section>
  );
}

function Reproduction({ of }: { of: unknown }) {
  const result = reproductionResult(of);
  if (!result) return null;
  const { runId, identical, differences, environment } = result;
  return (
    <Section
      title="Reproduction"
      note={
        identical
          ? "Identical: data, split, model and metrics are the same, byte for byte."
          : `${differences.length} things are not as they were.`
      }
    >
      <Stack align="flex-start">
        <Link to={`/runs/${runId}`}>The run that was reproduced</Link>
        <Differences label="Differences" of={differences} />
        {environment.length > 0 && (
          <>
            <Text size="sm">What it ran on differs, which need not matter:</Text>
            <Differences label="Differences of the environment" of={environment} />
          </>
        )}
      </Stack>
    </Section>
  );
}

function Differences({
  label,
  of,
}: {
  label: string;
  of: NonNullable<ReturnType<typeof reproductionResult>>["differences"];
}) {
  if (of.length === 0) return null;
  return (
    <DataTable
      label={label}
      rows={of}
      keyOf={({ what }) => what}
      maxHeight={420}
      columns={[
        { name: "What", cell: ({ what }) => what },
        { name: "Original", cell: ({ original }) => formatValue(original) },
        { name: "Reproduced", cell: ({ reproduced }) => formatValue(reproduced) },
      ]}
    />
  );
}

/** Whether the candidate took Production's place, and the interval of the difference that it was decided by. */
function Verdict({ of }: { of: unknown }) {
  const result = comparisonResult(of);
  if (!result) return null;
  const { decision, reason, metric, difference, gates } = result;
  return (
    <Section title={`Decision: ${inWords(decision)}`} note={reason}>
      <Stack>
        {difference && (
          <Text size="sm">
            Difference of {metric}: {signed(difference.observed)}, between {signed(difference.lower)} and{" "}
            {signed(difference.upper)} with {100 * difference.confidence} % confidence.{" "}
            {difference.lower > 0
              ? "The interval excludes 0: the candidate is better, not merely lucky."
              : difference.upper < 0
                ? "The interval excludes 0: the candidate is worse."
                : "The interval includes 0: the difference may be chance."}
          </Text>
        )}
        <List size="sm">
          {gates.map(({ name, passed, message }) => (
            <List.Item key={name}>
              {passed ? "passed" : "failed"} {name}: {message}
            </List.Item>
          ))}
        </List>
      </Stack>
    </Section>
  );
}

const signed = (value: number): string => (value > 0 ? `+${formatMetric(value)}` : formatMetric(value));

function Search({ of }: { of: unknown }) {
  const result = searchResult(of);
  if (!result) return null;
  const { metric, trials, best } = result;
  return (
    <Section title="Search" note={`Trials by ${metric}, judged out of fold.`}>
      <DataTable
        label="Trials"
        rows={trials}
        keyOf={({ runId }) => runId}
        maxHeight={420}
        columns={[
          { name: "Trial", numeric: true, cell: ({ number }) => number },
          { name: "Run", cell: ({ runId }) => <Link to={`/runs/${runId}`}>{runId.slice(0, 8)}</Link> },
          {
            name: metric,
            numeric: true,
            cell: ({ value, problem }) => (value === null ? (problem ?? "–") : formatMetric(value)),
          },
          { name: "Chosen", cell: ({ runId }) => (runId === best ? "best" : "") },
        ]}
      />
    </Section>
  );
}
