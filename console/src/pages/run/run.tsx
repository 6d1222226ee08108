import { useQuery } from "@apollo/client/react";
import { Alert, Stack, Text } from "@mantine/core";
import { Link, useParams } from "react-router";
import type { RunQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Status } from "../../parts/badges.js";
import { inWords } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { useUrlState } from "../../parts/url-state.js";
import { About, Children, Parameters, Stored } from "./about.js";
import { Actions } from "./actions.js";
import { Artifacts } from "./artifacts.js";
import { Events } from "./events.js";
import { type HeardEvent, useHeard } from "./heard.js";
import { Metrics } from "./metrics.js";
import { Outcome } from "./outcome.js";
import { Quarantine } from "./quarantine.js";
import { Steps } from "./steps.js";
import { Validation, Violations } from "./violations.js";

const RUN = graphql(`
  query Run($id: ID!, $series: String!) {
    run(id: $id) {
      id
      kind
      status
      name
      note
      tags
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
      requestId
      experiment {
        id
        name
      }
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
      curve: metricHistory(name: $series, first: 1000) {
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
        name
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
          masked
          sample {
            line
            key
            value
          }
        }
      }
      quarantined(first: 1) {
        totalCount
      }
    }
  }
`);

export type RunData = NonNullable<RunQuery["run"]>;

/** What a training measures out of fold while it fits. */
const LEARNING_CURVE = "validation_curve_log_loss";

/** One run: its steps as they happen, what it measured, what it left, and why it failed. */
export default function Run() {
  const { id = "" } = useParams();
  const [chosen, choose] = useUrlState("series");
  const series = chosen || LEARNING_CURVE;
  const variables = { id, series };
  const result = useQuery(RUN, { variables });
  const data = result.data ?? (result.previousData?.run?.id === id ? result.previousData : undefined);
  const run = data?.run;
  const isUnderWay = run?.status === "QUEUED" || run?.status === "RUNNING";
  const changed = () => result.refetch();
  const heard = useHeard(id, isUnderWay, changed);
  return (
    <Page
      title={run ? (run.name ?? inWords(run.kind)) : "Run"}
      trail={[["Runs", "/runs"]]}
      query={RUN}
      variables={variables}
      badge={run && <Status of={run.status} />}
      actions={run && <Actions run={run} changed={changed} />}
    >
      <Loaded result={{ ...result, data }} lines={10}>
        {({ run }) =>
          run ? (
            <Parts run={run} heard={heard} series={series} choose={choose} />
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

interface PartsProps {
  run: RunData;
  heard: readonly HeardEvent[];
  series: string;
  choose: (series: string | null) => void;
}

function Parts({ run, heard, series, choose }: PartsProps) {
  return (
    <Stack gap="xl">
      {run.error && <WhyItFailed error={run.error} />}
      {run.validation && <Violations of={run.validation} failed={run.status === "FAILED"} />}
      <Steps run={run} heard={heard} />
      <Outcome run={run} />
      <About run={run} />
      {/* A run under way says more of itself as it goes. */}
      {heard.length > 0 && <Events runId={run.id} heard={heard} />}
      <Metrics run={run} series={series} choose={choose} />
      <Quarantine runId={run.id} count={run.quarantined.totalCount} />
      <Children of={run.children} />
      <Artifacts run={run} />
      {run.validation && <Validation of={run.validation} />}
      <Parameters run={run} />
      <Stored run={run} />
      {heard.length === 0 && <Events runId={run.id} heard={heard} />}
    </Stack>
  );
}

function WhyItFailed({ error: { code, message, step } }: { error: NonNullable<RunData["error"]> }) {
  return (
    <Alert color="red" variant="light" title={`${code}${step ? ` in step ${step}` : ""}`}>
      <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {message}
      </Text>
    </Alert>
  );
}
