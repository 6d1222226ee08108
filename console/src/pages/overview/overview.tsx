import { useQuery } from "@apollo/client/react";
import { Alert, Anchor, Card, Grid, Group, List, Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { OverviewQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { formatNumber, inWords } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { Freshness as Age } from "../features/freshness.js";
import { FirstSteps } from "./first-steps.js";
import { LiveMetrics } from "./live.js";

const OVERVIEW = graphql(`
  query Overview {
    health {
      status
      version
      database
      onlineStore
      problems {
        subject
        message
        remedy
      }
    }
    models(first: 50) {
      id
      name
      production {
        id
        version
        algorithm
        servable
        run: judgedBy {
          id
          latestMetrics(names: ["auc", "log_loss", "macro_f1", "rmse"]) {
            name
            value
          }
        }
        transitions(first: 1) {
          id
          at
          actor
        }
      }
    }
    featureStoreStatus {
      hitRate
      views {
        id
        name
        ttlSeconds
        freshness {
          newestEventTime
          ageSeconds
          rowCount
        }
      }
    }
    active: runs(where: { statuses: [RUNNING, QUEUED] }, first: 10) {
      nodes {
        id
        kind
        status
        actor
        createdAt
        startedAt
      }
    }
    failed: runs(where: { status: FAILED }, first: 5) {
      nodes {
        id
        kind
        status
        finishedAt
        error {
          code
          message
        }
      }
    }
    schedules(first: 50) {
      id
      name
      kind
      paused
      nextAt
    }
  }
`);

/** What the operator looks at first: is everything fresh, what runs, what failed, what comes next. */
export default function Overview() {
  const result = useQuery(OVERVIEW, { pollInterval: 10_000 });
  return (
    <Page title="Overview" query={OVERVIEW} badge={result.data && <Status of={result.data.health.status} />}>
      <Loaded result={result}>
        {(data) => (
          <Stack gap="xl">
            <Problems of={data.health.problems} />
            <FirstSteps />
            <Production of={data.models} />
            <Grid>
              <Grid.Col span={{ base: 12, lg: 6 }}>
                <Freshness of={data.featureStoreStatus} />
              </Grid.Col>
              <Grid.Col span={{ base: 12, lg: 6 }}>
                <Next of={data.schedules} />
              </Grid.Col>
            </Grid>
            <Active of={data.active.nodes} />
            <Failed of={data.failed.nodes} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function Problems({ of }: { of: OverviewQuery["health"]["problems"] }) {
  if (of.length === 0) return null;
  return (
    <Alert color="orange" variant="light" title={of.length === 1 ? "One problem" : `${of.length} problems`}>
      <List size="sm" spacing={4}>
        {of.map(({ subject, message, remedy }) => (
          <List.Item key={`${subject} ${message}`}>
            <b>{subject}</b>: {message}
            {remedy && <Text size="sm">What helps: {remedy}</Text>}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Production({ of }: { of: OverviewQuery["models"] }) {
  return (
    <Section title="In Production">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {of.map(({ id, name, production }) => (
          <Card key={id} withBorder padding="md">
            <Group justify="space-between">
              <Anchor component={Link} to={`/models/${encodeURIComponent(name)}`} fw={600}>
                {name}
              </Anchor>
              {production && !production.servable && <Status of="DEGRADED" />}
            </Group>
            {production ? (
              <>
                <Text size="xl" fw={600}>
                  version {production.version}
                </Text>
                <Text size="sm" c="dimmed">
                  {inWords(production.algorithm)}
                  {measured(production.run?.latestMetrics ?? [])}
                </Text>
                <LiveMetrics model={name} />
                <Text size="sm" c="dimmed">
                  since <Time at={production.transitions[0]?.at} ago /> by{" "}
                  {production.transitions[0]?.actor ?? "–"}
                </Text>
              </>
            ) : (
              <Text size="sm" c="dimmed">
                Nothing is in Production. Train a version, then promote it.
              </Text>
            )}
          </Card>
        ))}
      </SimpleGrid>
    </Section>
  );
}

/** `, auc 0.83, log loss 0.42 on held-out rows`, of what the model's task has. */
function measured(metrics: readonly { name: string; value?: number | null }[]): string {
  if (metrics.length === 0) return "";
  const each = metrics.map(({ name, value }) => `${name.replaceAll("_", " ")} ${formatNumber(value)}`);
  return `, ${each.join(", ")} on held-out rows`;
}

function Freshness({ of: { views, hitRate } }: { of: OverviewQuery["featureStoreStatus"] }) {
  const note =
    hitRate === null ? undefined : `${(100 * (hitRate ?? 0)).toFixed(1)} % of values asked for were present`;
  return (
    <Section title="Freshness" note={note}>
      <Stack gap="sm">
        {views.map(({ id, name, ttlSeconds, freshness }) => {
          const age = freshness?.ageSeconds ?? null;
          const share = age !== null && ttlSeconds ? Math.min(1, age / ttlSeconds) : null;
          return (
            <div key={id}>
              <Group justify="space-between">
                <Text size="sm">{name}</Text>
                <Text size="sm" c="dimmed">
                  {freshness
                    ? `${freshness.newestEventTime ?? "–"}, ${formatNumber(freshness.rowCount)} rows`
                    : "never materialized"}
                </Text>
              </Group>
              {freshness && <Age of={{ ttlSeconds, freshness }} />}
              {share !== null && (
                <Progress
                  value={100 * share}
                  color={share >= 1 ? "red" : share > 0.8 ? "orange" : "indigo"}
                  aria-label={`${name}: ${Math.round(100 * share)} % of its time to live`}
                />
              )}
            </div>
          );
        })}
      </Stack>
    </Section>
  );
}

function Next({ of }: { of: OverviewQuery["schedules"] }) {
  const next = of
    .filter(({ nextAt }) => nextAt)
    .toSorted((a, b) => String(a.nextAt).localeCompare(String(b.nextAt)));
  return (
    <Section title="Next by the clock">
      {next.length === 0 ? (
        <Empty title="Nothing is scheduled">
          <Link to="/schedules">Set a schedule</Link>
        </Empty>
      ) : (
        <DataTable
          label="Next by the clock"
          rows={next.slice(0, 5)}
          keyOf={({ id }) => id}
          columns={[
            { name: "Schedule", cell: ({ name }) => name },
            { name: "Starts", cell: ({ kind }) => inWords(kind) },
            { name: "Next", cell: ({ nextAt }) => <Time at={nextAt} ago /> },
          ]}
        />
      )}
    </Section>
  );
}

function Active({ of }: { of: OverviewQuery["active"]["nodes"] }) {
  return (
    <Section title="Running and queued" actions={<Link to="/runs">All runs</Link>}>
      {of.length === 0 ? (
        <Empty title="Nothing runs now" />
      ) : (
        <DataTable
          label="Running and queued"
          rows={of}
          keyOf={({ id }) => id}
          columns={[
            { name: "Kind", cell: ({ id, kind }) => <Link to={`/runs/${id}`}>{inWords(kind)}</Link> },
            { name: "Status", cell: ({ status }) => <Status of={status} /> },
            { name: "Started by", cell: ({ actor }) => actor },
            { name: "Since", cell: ({ startedAt, createdAt }) => <Time at={startedAt ?? createdAt} ago /> },
          ]}
        />
      )}
    </Section>
  );
}

function Failed({ of }: { of: OverviewQuery["failed"]["nodes"] }) {
  if (of.length === 0) return null;
  return (
    <Section title="Last failures">
      <DataTable
        label="Last failures"
        rows={of}
        keyOf={({ id }) => id}
        columns={[
          { name: "Kind", cell: ({ id, kind }) => <Link to={`/runs/${id}`}>{inWords(kind)}</Link> },
          { name: "Why", cell: ({ error }) => <Text size="sm">{error?.message ?? "–"}</Text> },
          { name: "When", cell: ({ finishedAt }) => <Time at={finishedAt} ago /> },
        ]}
      />
    </Section>
  );
}
