import { Group, Text } from "@mantine/core";
import { Link } from "react-router";
import { Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { Facts } from "../../parts/facts.js";
import { formatDuration, formatValue, inWords } from "../../parts/format.js";
import { JsonView } from "../../parts/json-view.js";
import { leavesOf } from "../../parts/leaves.js";
import { Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { compareAddress, MOST_COMPARED } from "../compare/ids.js";
import type { RunData } from "./run.js";
import { type DatedParams, datesIn, leftOutIn } from "./training-dates.js";

/** Where it comes from and what came of it. */
export function About({ run }: { run: RunData }) {
  const { snapshot, modelVersion, parent } = run;
  const tags = Object.entries(run.tags as Record<string, string>);
  return (
    <Section title="About it">
      <Facts
        of={[
          [
            "Model version",
            modelVersion && (
              <Link
                key="version"
                to={`/models/${encodeURIComponent(modelVersion.model)}/${modelVersion.version}`}
              >
                {modelVersion.model} version {modelVersion.version}
              </Link>
            ),
          ],
          [
            "Snapshot",
            snapshot && (
              <Link key="snapshot" to="/snapshots">
                {snapshot.asOf} revision {snapshot.revision}
              </Link>
            ),
          ],
          ["Dates", datesIn(run.params as DatedParams)],
          ["Dates left out", leftOutIn(run.params as DatedParams)],
          [
            "Part of",
            parent && (
              <Link key="parent" to={`/runs/${parent.id}`}>
                {inWords(parent.kind)} {parent.id.slice(0, 8)}
              </Link>
            ),
          ],
          [
            "Experiment",
            run.kind === "EXTERNAL" ? (
              <Link key="experiment" to={`/runs?experiment=${encodeURIComponent(run.experiment.name)}`}>
                {run.experiment.name}
              </Link>
            ) : null,
          ],
          ["Started by", run.actor],
          ["Created", <Time key="created" at={run.createdAt} />],
          ["Took", formatDuration(run.durationMs)],
          ["Attempt", run.attempt],
          ["Tags", tags.length > 0 ? tags.map(([name, text]) => `${name}=${text}`).join(", ") : null],
          ["Note", run.note],
          ["Commit", run.gitCommit],
          ["Request", run.requestId],
          ["Id", run.id],
        ]}
      />
    </Section>
  );
}

/** What it was started with, one leaf a row. */
export function Parameters({ run }: { run: RunData }) {
  const rows = [...leavesOf(run.params)].map(([name, value]) => ({ name, value }));
  if (rows.length === 0) return null;
  return (
    <Section title="Parameters">
      <DataTable
        label="Parameters"
        rows={rows}
        keyOf={({ name }) => name}
        maxHeight={360}
        columns={[
          { name: "Parameter", cell: ({ name }) => name },
          {
            name: "Value",
            cell: ({ value }) => (
              <Text inherit style={{ overflowWrap: "anywhere" }}>
                {formatValue(value)}
              </Text>
            ),
          },
        ]}
      />
    </Section>
  );
}

/** What it returned and what it ran on, as they are stored. */
export function Stored({ run }: { run: RunData }) {
  return (
    <Section title="Result and environment">
      <Group align="flex-start" grow preventGrowOverflow={false} wrap="wrap">
        <Json title="Result" value={run.result} />
        <Json title="Environment" value={run.environment} />
      </Group>
    </Section>
  );
}

function Json({ title, value }: { title: string; value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <div style={{ minWidth: 260 }}>
      <Text fw={600} size="sm">
        {title}
      </Text>
      <JsonView value={value} label={title} />
    </div>
  );
}

/** Runs that it is made of. */
export function Children({ of }: { of: RunData["children"] }) {
  if (of.length === 0) return null;
  return (
    <Section
      title="Candidates and trials"
      actions={
        of.length >= 2 &&
        of.length <= MOST_COMPARED && <Link to={compareAddress(of.map(({ id }) => id))}>Compare them</Link>
      }
    >
      <DataTable
        label="Candidates and trials"
        rows={of}
        keyOf={({ id }) => id}
        maxHeight={360}
        columns={[
          {
            name: "Run",
            cell: ({ id, kind, name }) => (
              <Link to={`/runs/${id}`}>{name ?? `${inWords(kind)} ${id.slice(0, 8)}`}</Link>
            ),
          },
          { name: "Status", cell: ({ status }) => <Status of={status} /> },
          { name: "Took", numeric: true, cell: ({ durationMs }) => formatDuration(durationMs) },
        ]}
      />
    </Section>
  );
}
