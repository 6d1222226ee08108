import { useApolloClient, useQuery } from "@apollo/client/react";
import { Alert, Button, Group, Stack, Text, ThemeIcon } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Link, useNavigate } from "react-router";
import type { FirstPredictionQuery, FirstStepsQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { Status } from "../../parts/badges.js";
import { formatNumber, formatValue, inWords } from "../../parts/format.js";
import { messageOf } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { useSession } from "../../session.js";
import { DeliveryTable, isWaiting } from "./deliveries.js";

const FIRST_STEPS = graphql(`
  query FirstSteps($entity: String!) {
    deliveries(first: 50) {
      scannedAt
      problem
      nodes {
        name
        bytes
        modifiedAt
        files {
          name
        }
        lacks
        lastRun {
          id
          status
        }
      }
    }
    snapshots(first: 1) {
      nodes {
        id
        asOf
        revision
      }
    }
    models(first: 50) {
      id
      name
      versions(first: 1) {
        id
        version
        stage
      }
      production {
        id
        version
      }
    }
    active: runs(where: { statuses: [RUNNING, QUEUED] }, first: 5) {
      nodes {
        id
        kind
        status
      }
    }
    predictions(first: 1) {
      nodes {
        at
      }
    }
    entityRows(entity: $entity, first: 1) {
      nodes {
        id
        key
      }
    }
  }
`);

const TRAIN = graphql(`
  mutation FirstTraining($asOf: Date!, $model: String!) {
    train(input: { asOf: $asOf, model: $model }) {
      id
    }
  }
`);

const PROMOTE = graphql(`
  mutation FirstPromotion($model: String!, $version: Int!, $reason: String) {
    promote(input: { model: $model, version: $version, reason: $reason }) {
      id
      stage
    }
  }
`);

const PREDICT = graphql(`
  query FirstPrediction($service: String!, $key: JSON!) {
    predictFor(service: $service, key: $key) {
      prediction
      probability
      value
      class
      classes {
        class
        probability
      }
      modelVersion {
        id
        version
      }
    }
  }
`);

/** Until the deployment has answered its first prediction, what to do next; from then on, deliveries that wait. */
export function FirstSteps() {
  const { deployment } = useSession();
  const entity = deployment.entities[0]?.name ?? "";
  const [predicted, setPredicted] = useState(false);
  const result = useQuery(FIRST_STEPS, { variables: { entity }, pollInterval: 3_000 });
  const { data } = result;
  if (!data) return null;
  const newestSnapshot = data.snapshots.nodes[0]?.asOf;
  const waiting = (data.deliveries?.nodes ?? []).filter(isWaiting);
  const isNew = data.models.every(({ production }) => !production) || data.predictions.nodes.length === 0;
  if (isNew || predicted) {
    const refetch = () => void result.refetch();
    return <Steps data={data} refetch={refetch} onPredicted={() => setPredicted(true)} />;
  }
  if (waiting.length === 0 && !data.deliveries?.problem) return null;
  return (
    <Section title="Deliveries not ingested yet">
      <DeliveryTable of={waiting} deliveries={data.deliveries} newestSnapshot={newestSnapshot} />
    </Section>
  );
}

interface StepsProps {
  data: FirstStepsQuery;
  refetch: () => void;
  onPredicted: () => void;
}

function Steps({ data, refetch, onPredicted }: StepsProps) {
  const { can, deployment } = useSession();
  const navigate = useNavigate();
  const service = deployment.services[0]?.name;
  const model = data.models.find(({ name }) => name === service) ?? data.models[0];
  const snapshot = data.snapshots.nodes[0];
  const version = model?.versions[0];
  const done = [
    snapshot !== undefined,
    version !== undefined,
    Boolean(model?.production),
    data.predictions.nodes.length > 0,
  ];
  const next = done.indexOf(false);
  const running = (kind: string) => data.active.nodes.find((run) => run.kind === kind);
  return (
    <Section
      title="First steps"
      note="From a delivery to a prediction. Each step is also in the playground and the command line."
    >
      <Stack gap="md" component="ol" p={0} m={0}>
        <Step number={1} title="Ingest a delivery" done={done[0]!} next={next === 0} run={running("INGEST")}>
          <DeliveryTable
            of={data.deliveries?.nodes ?? []}
            deliveries={data.deliveries}
            newestSnapshot={snapshot?.asOf}
          />
        </Step>
        <Step number={2} title="Train a version" done={done[1]!} next={next === 1} run={running("TRAIN")}>
          {snapshot && model && can("OPERATOR") && !running("TRAIN") && !version && (
            <Group gap="sm">
              <Act
                label={`Train on ${snapshot.asOf}`}
                variant="filled"
                mutation={TRAIN}
                variables={() => ({ asOf: snapshot.asOf, model: model.name })}
                done={refetch}
              />
              <Link to={`/start/train?asOf=${snapshot.asOf}`}>With other parameters</Link>
            </Group>
          )}
          {version && (
            <Link to={`/models/${encodeURIComponent(model!.name)}`}>version {version.version}</Link>
          )}
        </Step>
        <Step number={3} title="Promote it to Production" done={done[2]!} next={next === 2}>
          {version && model && !model.production && can("OPERATOR") && (
            <Act
              label={`Promote version ${version.version}`}
              variant="filled"
              mutation={PROMOTE}
              variables={(reason) => ({
                model: model.name,
                version: version.version,
                reason: reason || null,
              })}
              confirm={`Version ${version.version} of ${model.name} is judged by the gates of Production. If it passes, it answers from then on.`}
              reason="asked"
              done={refetch}
            />
          )}
          {model?.production && <Text size="sm">version {model.production.version} answers</Text>}
        </Step>
        <Step number={4} title="Predict" done={done[3]!} next={next === 3}>
          {model?.production && data.entityRows.nodes[0] && (
            <Predict
              service={model.name}
              keyOf={data.entityRows.nodes[0].key}
              done={() => {
                onPredicted();
                refetch();
              }}
            />
          )}
        </Step>
      </Stack>
      {!can("OPERATOR") && (
        <Text size="sm" c="dimmed" mt="sm">
          Ingest, train and promote need the role operator.
        </Text>
      )}
      {next === -1 && (
        <Group mt="md">
          <Button size="xs" variant="default" onClick={() => navigate("/runs")}>
            See what ran
          </Button>
        </Group>
      )}
    </Section>
  );
}

function Step({
  number,
  title,
  done,
  next,
  run,
  children,
}: {
  number: number;
  title: string;
  done: boolean;
  next: boolean;
  run?: { id: string; kind: string; status: string } | undefined;
  children: ReactNode;
}) {
  return (
    <Group component="li" align="flex-start" wrap="nowrap" gap="md">
      <ThemeIcon
        radius="xl"
        variant={done || next ? "filled" : "default"}
        color={done ? "green.9" : undefined}
        aria-label={done ? "done" : next ? "next" : "later"}
        role="img"
      >
        {done ? "✓" : number}
      </ThemeIcon>
      <Stack gap="xs" style={{ minWidth: 0, flex: 1 }}>
        <Text fw={600} c={done || next ? undefined : "dimmed"}>
          {title}
        </Text>
        {run && (
          <Group gap="xs">
            <Link to={`/runs/${run.id}`}>{inWords(run.kind)}</Link>
            <Status of={run.status} />
          </Group>
        )}
        {(done || next) && children}
      </Stack>
    </Group>
  );
}

/** By the task: the probability and what is decided, the class with its probability, or the value. */
function verdict({
  prediction,
  probability,
  value,
  class: name,
  classes,
}: NonNullable<FirstPredictionQuery["predictFor"]>): string {
  if (name) {
    const own = classes?.find((each) => each.class === name);
    return `probability ${formatNumber(own?.probability)}: ${name}`;
  }
  return typeof probability === "number"
    ? `probability ${formatNumber(probability)}: ${formatValue(prediction)}`
    : formatValue(value);
}

/** One prediction, of the first one there is. */
function Predict({ service, keyOf, done }: { service: string; keyOf: unknown; done: () => void }) {
  const client = useApolloClient();
  const [answer, setAnswer] = useState<FirstPredictionQuery["predictFor"]>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const who = Object.values(keyOf as Record<string, unknown>).join(", ");
  const predict = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const { data } = await client.query({
        query: PREDICT,
        variables: { service, key: keyOf },
        fetchPolicy: "network-only",
      });
      setAnswer(data?.predictFor ?? null);
      done();
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="xs" align="flex-start">
      <Button size="xs" onClick={() => void predict()} loading={busy}>
        Predict for {who}
      </Button>
      {problem && (
        <Alert color="red" role="alert">
          {problem}
        </Alert>
      )}
      {answer && (
        <Text size="sm" role="status">
          {verdict(answer)}, by version {answer.modelVersion.version}
        </Text>
      )}
    </Stack>
  );
}
