import { Box, Progress, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { formatDuration, formatPercent } from "../../parts/format.js";
import { Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import type { HeardEvent } from "./heard.js";
import { paceOf } from "./pace.js";
import type { RunData } from "./run.js";

type Step = RunData["steps"][number];

/** The steps on the run's own time: when each began, how long it took, and of the one under way how far it has come. */
export function Steps({ run, heard }: { run: RunData; heard: readonly HeardEvent[] }) {
  const isUnderWay = run.status === "QUEUED" || run.status === "RUNNING";
  const now = useClock(isUnderWay);
  if (run.steps.length === 0) {
    return isUnderWay ? (
      <Section title="Steps">
        <Text size="sm" role="status">
          {run.status === "QUEUED" ? "Waits for a worker." : "Has not begun its first step yet."}
        </Text>
      </Section>
    ) : null;
  }
  const begins = run.steps.map(({ startedAt }) => Date.parse(startedAt ?? "")).filter(Number.isFinite);
  const from = Math.min(...begins);
  const to = Math.max(from + 1, ...run.steps.map((step) => endOf(step, now)));
  return (
    <Section title="Steps">
      <DataTable
        label="Steps"
        rows={run.steps}
        keyOf={({ name }) => name}
        columns={[
          { name: "Step", cell: ({ name }) => name },
          { name: "Status", cell: ({ status }) => <Status of={status} /> },
          {
            name: "Timeline",
            cell: (step) => (
              <Stack gap={4} miw={220}>
                <Bar step={step} from={from} to={to} now={now} />
                {step.status === "RUNNING" && <UnderWay step={step} heard={heard} now={now} />}
              </Stack>
            ),
          },
          { name: "Began", cell: ({ startedAt }) => <Time at={startedAt} /> },
          {
            name: "Took",
            numeric: true,
            cell: (step) => (
              <Text inherit style={{ whiteSpace: "nowrap" }}>
                {formatDuration(step.durationMs)}
              </Text>
            ),
          },
          { name: "Attempt", numeric: true, cell: ({ attempt }) => attempt },
        ]}
      />
    </Section>
  );
}

const endOf = ({ startedAt, durationMs, status }: Step, now: number): number => {
  const from = Date.parse(startedAt ?? "");
  if (!Number.isFinite(from)) return 0;
  return status === "RUNNING" ? Math.max(now, from) : from + (durationMs ?? 0);
};

/** One step where it lies in the run. */
function Bar({ step, from, to, now }: { step: Step; from: number; to: number; now: number }) {
  const begin = Date.parse(step.startedAt ?? "");
  if (!Number.isFinite(begin)) return null;
  const share = (at: number) => Math.min(100, Math.max(0, (100 * (at - from)) / (to - from)));
  const left = share(begin);
  const width = Math.max(0.6, share(endOf(step, now)) - left);
  return (
    <Box pos="relative" h={10} bg="var(--mantine-color-default-hover)" aria-hidden>
      <Box
        pos="absolute"
        h={10}
        left={`${Math.min(left, 99.4)}%`}
        w={`${width}%`}
        bg={step.status === "FAILED" ? "var(--status-red)" : "var(--mantine-color-indigo-5)"}
      />
    </Box>
  );
}

/** What the step said last, how fast it goes and when it will be done. */
function UnderWay({ step, heard, now }: { step: Step; heard: readonly HeardEvent[]; now: number }) {
  const last = heard.findLast((event) => event.step === step.name && event.type === "PROGRESS");
  const share = last?.progress ?? null;
  const { rate, leftMs } = last
    ? paceOf(last, Date.parse(last.at) - Date.parse(step.startedAt ?? ""))
    : { rate: null, leftMs: null };
  const words = [
    share === null ? null : formatPercent(share, 0),
    rate,
    leftMs === null || !last ? null : `about ${formatDuration(leftOf(leftMs, last.at, now))} left`,
  ].filter(Boolean);
  return (
    <div role="status">
      <Progress
        value={share === null ? 100 : 100 * share}
        animated={share === null}
        aria-label={`Progress of ${step.name}`}
      />
      <Text size="xs">{words.length > 0 ? words.join(" · ") : "Under way"}</Text>
      {last && (
        <Text size="xs" c="dimmed">
          {last.message}
        </Text>
      )}
    </div>
  );
}

/** In whole seconds, less what has passed since it was said. */
const leftOf = (leftMs: number, saidAt: string, now: number): number =>
  1_000 * Math.ceil(Math.max(0, leftMs - Math.max(0, now - Date.parse(saidAt))) / 1_000);

function useClock(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
