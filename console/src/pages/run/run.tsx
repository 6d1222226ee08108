import { useQuery, useSubscription } from "@apollo/client/react";
import { Alert, Anchor, Group, Progress, Stack, Text } from "@mantine/core";
import { Link, useNavigate, useParams } from "react-router";
import type { RunQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { Hash, Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { Facts } from "../../parts/facts.js";
import { formatBytes, formatDuration, formatNumber, inWords } from "../../parts/format.js";
import { JsonView } from "../../parts/json-view.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { at } from "../../place.js";
import { useSession } from "../../session.js";
import { Curve } from "./curve.js";
import { Events } from "./events.js";
import { Validation } from "./validation.js";

const RUN = graphql(`
  query Run($id: ID!) {
    run(id: $id) {
      id
      kind
      status
      name
      note
      actor
      attempt
      createdAt
      startedAt
      finishedAt
      durationMs
      params
      result
      environment
      gitCommit
      error {
        code
        message
        step
      }
      steps {
        name
        status
        startedAt
        durationMs
        attempt
      }
      curve: metricHistory(name: "validation_curve_log_loss", first: 1000) {
        step
        value
      }
      latestMetrics(first: 200) {
        name
        value
        text
        step
      }
      artifacts(first: 200) {
        name
        mediaType
        bytes
        sha256
        url
      }
      snapshot {
        id
        asOf
        revision
      }
      modelVersion {
        id
        model
        version
      }
      parent {
        id
        kind
      }
      children(first: 200) {
        id
        kind
        status
        durationMs
      }
      validation {
        success
        expectations {
          source
          file
          column
          expectation
          success
          severity
          rule
          unexpectedCount
          sample {
            line
            key
            value
          }
        }
      }
      quarantined(first: 20) {
        totalCount
        nodes {
          source
          line
          key
          reasons {
            column
            rule
          }
        }
      }
    }
  }
`);

const RUN_CHANGES = graphql(`
  subscription RunChanges($id: ID!, $after: ID) {
    runEvents(runId: $id, after: $after) {
      id
      type
      status
      step
      message
      progress
    }
  }
`);

const CANCEL = graphql(`
  mutation CancelRun($id: ID!) {
    cancelRun(id: $id) {
      id
      status
    }
  }
`);

const RETRY = graphql(`
  mutation RetryRun($id: ID!) {
    retryRun(id: $id) {
      id
      status
      attempt
    }
  }
`);

const REPRODUCE = graphql(`
  mutation ReproduceRun($runId: ID!) {
    reproduce(runId: $runId) {
      id
    }
  }
`);

type RunData = NonNullable<RunQuery["run"]>;

/** One run: its steps as they happen, what it measured, what it left, and why it failed. */
export default function Run() {
  const { id = "" } = useParams();
  const result = useQuery(RUN, { variables: { id } });
  const run = result.data?.run;
  const title = run ? (run.name ?? inWords(run.kind)) : "Run";
  return (
    <Page
      title={title}
      trail={[["Runs", "/runs"]]}
      query={RUN}
      variables={{ id }}
      badge={run && <Status of={run.status} />}
      actions={run && <Actions run={run} changed={() => result.refetch()} />}
    >
      <Loaded result={result} lines={10}>
        {({ run }) =>
          run ? (
            <Stack gap="xl">
              <Live run={run} changed={() => result.refetch()} />
              {run.error && (
                <Alert
                  color="red"
                  variant="light"
                  title={`${run.error.code}${run.error.step ? ` in step ${run.error.step}` : ""}`}
                >
                  <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
                    {run.error.message}
                  </Text>
                </Alert>
              )}
              <Steps of={run.steps} />
              {run.validation && <Validation of={run.validation} quarantined={run.quarantined} />}
              <Curve of={run.curve} />
              <Metrics of={run.latestMetrics} />
              <Artifacts of={run.artifacts} />
              <Children of={run.children} />
              <About run={run} />
              <Events runId={run.id} />
            </Stack>
          ) : (
            <Empty title="There is no run of this id">
              <Link to="/runs">All runs</Link>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

function Actions({ run, changed }: { run: RunData; changed: () => unknown }) {
  const { can } = useSession();
  const navigate = useNavigate();
  if (!can("OPERATOR")) return null;
  const isUnderWay = run.status === "QUEUED" || run.status === "RUNNING";
  return (
    <>
      {isUnderWay && (
        <Act
          label="Cancel"
          color="red"
          mutation={CANCEL}
          variables={() => ({ id: run.id })}
          confirm="The run is stopped. Nothing of it is published."
          said="Cancelled"
          done={changed}
        />
      )}
      {(run.status === "FAILED" || run.status === "CANCELLED") && run.kind !== "EXTERNAL" && (
        <Act
          label="Retry"
          mutation={RETRY}
          variables={() => ({ id: run.id })}
          said="Queued again"
          done={changed}
        />
      )}
      {run.status === "SUCCEEDED" && run.modelVersion && (
        <Act
          label="Reproduce"
          mutation={REPRODUCE}
          variables={() => ({ runId: run.id })}
          done={({ reproduce }) => navigate(`/runs/${reproduce.id}`)}
        />
      )}
    </>
  );
}

/** Follows a run that has not ended: what it says now, and its page afresh where a step or the run ends. */
function Live({ run, changed }: { run: RunData; changed: () => unknown }) {
  const isUnderWay = run.status === "QUEUED" || run.status === "RUNNING";
  const { data } = useSubscription(RUN_CHANGES, {
    variables: { id: run.id },
    skip: !isUnderWay,
    onData: ({ data: { data } }) => {
      if (data && (data.runEvents.type === "STEP" || data.runEvents.type === "STATUS")) changed();
    },
  });
  if (!isUnderWay) return null;
  const event = data?.runEvents;
  const share = event?.progress ?? null;
  return (
    <div role="status">
      <Text size="sm">
        {event ? `${event.step ?? inWords(event.status)}: ${event.message}` : "Waits for a worker"}
      </Text>
      <Progress
        value={share === null ? 100 : 100 * share}
        animated={share === null}
        aria-label="Progress of the step"
      />
    </div>
  );
}

function Steps({ of }: { of: RunData["steps"] }) {
  if (of.length === 0) return null;
  const longest = Math.max(1, ...of.map(({ durationMs }) => durationMs ?? 0));
  return (
    <Section title="Steps">
      <DataTable
        label="Steps"
        rows={of}
        keyOf={({ name }) => name}
        columns={[
          { name: "Step", cell: ({ name }) => name },
          { name: "Status", cell: ({ status }) => <Status of={status} /> },
          { name: "Began", cell: ({ startedAt }) => <Time at={startedAt} /> },
          { name: "Took", numeric: true, cell: ({ durationMs }) => formatDuration(durationMs) },
          {
            name: "Share",
            cell: ({ name, durationMs }) => (
              <Progress
                w={160}
                value={(100 * (durationMs ?? 0)) / longest}
                aria-label={`${name}: ${formatDuration(durationMs)}`}
              />
            ),
          },
          { name: "Attempt", numeric: true, cell: ({ attempt }) => attempt },
        ]}
      />
    </Section>
  );
}

function Metrics({ of }: { of: RunData["latestMetrics"] }) {
  if (of.length === 0) return null;
  return (
    <Section title="Metrics">
      <DataTable
        label="Metrics"
        rows={of}
        keyOf={({ name }) => name}
        columns={[
          { name: "Metric", cell: ({ name }) => name },
          {
            name: "Value",
            numeric: true,
            cell: ({ value, text }) => (value === null ? text : formatNumber(value)),
          },
          { name: "Step", numeric: true, cell: ({ step }) => step },
        ]}
      />
    </Section>
  );
}

function Artifacts({ of }: { of: RunData["artifacts"] }) {
  if (of.length === 0) return null;
  return (
    <Section title="Artifacts">
      <DataTable
        label="Artifacts"
        rows={of}
        keyOf={({ name }) => name}
        columns={[
          {
            name: "File",
            cell: ({ name, url }) => (
              <Anchor href={at(url)} target="_blank" rel="noreferrer">
                {name}
              </Anchor>
            ),
          },
          { name: "Type", cell: ({ mediaType }) => mediaType },
          { name: "Size", numeric: true, cell: ({ bytes }) => formatBytes(bytes) },
          { name: "SHA-256", cell: ({ sha256 }) => <Hash of={sha256} /> },
        ]}
      />
    </Section>
  );
}

function Children({ of }: { of: RunData["children"] }) {
  if (of.length === 0) return null;
  return (
    <Section title="Candidates and trials">
      <DataTable
        label="Candidates and trials"
        rows={of}
        keyOf={({ id }) => id}
        columns={[
          {
            name: "Run",
            cell: ({ id, kind }) => <Link to={`/runs/${id}`}>{`${inWords(kind)} ${id.slice(0, 8)}`}</Link>,
          },
          { name: "Status", cell: ({ status }) => <Status of={status} /> },
          { name: "Took", numeric: true, cell: ({ durationMs }) => formatDuration(durationMs) },
        ]}
      />
    </Section>
  );
}

function About({ run }: { run: RunData }) {
  const { snapshot, modelVersion, parent } = run;
  return (
    <Section title="About it">
      <Facts
        of={[
          ["Id", run.id],
          ["Started by", run.actor],
          ["Created", <Time key="created" at={run.createdAt} />],
          ["Took", formatDuration(run.durationMs)],
          ["Attempt", run.attempt],
          ["Snapshot", snapshot && `${snapshot.asOf} revision ${snapshot.revision}`],
          [
            "Version",
            modelVersion && (
              <Link key="version" to={`/models/${encodeURIComponent(modelVersion.model)}`}>
                {modelVersion.model} version {modelVersion.version}
              </Link>
            ),
          ],
          [
            "Part of",
            parent && (
              <Link key="parent" to={`/runs/${parent.id}`}>
                {inWords(parent.kind)}
              </Link>
            ),
          ],
          ["Commit", run.gitCommit],
          ["Note", run.note],
        ]}
      />
      <Group align="flex-start" mt="md" grow preventGrowOverflow={false} wrap="wrap">
        <Json title="Parameters" value={run.params} />
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
