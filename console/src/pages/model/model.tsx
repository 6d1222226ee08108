import { useQuery, useSubscription } from "@apollo/client/react";
import { Anchor, Badge, Card, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link, useParams, useSearchParams } from "react-router";
import type { ModelQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { Status } from "../../parts/badges.js";
import { Canary } from "../../parts/canary/canary.js";
import { formatNumber, inWords } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useSession } from "../../session.js";
import { Aliases } from "./aliases.js";
import { Changes } from "./changes.js";
import { History } from "./history.js";
import { Live } from "./live.js";
import { versionPath } from "./version-path.js";
import { METRICS, Versions } from "./versions.js";

/** One more than are shown is asked for: whether there is a next page. */
const PAGE = 25;

const MODEL = graphql(`
  query Model($name: String!, $first: Int!, $versionsBefore: Int, $historyBefore: ID, $metrics: [String!]!) {
    model(name: $name) {
      id
      name
      description
      production {
        ...ModelVersionRow
      }
      staging {
        ...ModelVersionRow
      }
      aliases(first: 200) {
        alias
        version
        setAt
        actor
      }
      versions(first: $first, before: $versionsBefore) {
        ...ModelVersionRow
      }
      transitions(first: $first, before: $historyBefore) {
        id
        version
        from
        to
        at
        actor
        reason
        forced
        gates {
          name
          passed
          message
        }
      }
      changes(first: 100) {
        id
        at
        actor
        message
      }
    }
  }

  fragment ModelVersionRow on ModelVersion {
    id
    version
    stage
    status
    algorithm
    createdAt
    servable
    notServable
    threshold
    snapshot {
      id
      asOf
      revision
    }
    run: judgedBy {
      id
      latestMetrics(names: $metrics) {
        name
        value
      }
    }
    moves: transitions(first: 1) {
      id
      at
      actor
      reason
      forced
    }
  }
`);

const MOVES = graphql(`
  subscription ModelMoves($model: String!) {
    modelTransitions(model: $model) {
      id
    }
  }
`);

const ROLLBACK = graphql(`
  mutation Rollback($model: String!, $reason: String!) {
    rollback(model: $model, reason: $reason) {
      id
      version
      stage
    }
  }
`);

export type ModelData = NonNullable<ModelQuery["model"]>;

/** One model: what serves and since when, its versions, how it does, its aliases and its history. */
export default function Model() {
  const { name = "" } = useParams();
  const [params] = useSearchParams();
  const versionsBefore = Number.parseInt(params.get("before") ?? "", 10);
  const variables = {
    name,
    first: PAGE + 1,
    versionsBefore: Number.isInteger(versionsBefore) ? versionsBefore : null,
    historyBefore: params.get("earlier"),
    metrics: METRICS,
  };
  const result = useQuery(MODEL, { variables });
  // The page stays while another page of a list is fetched.
  const data = result.data ?? result.previousData;
  const { can } = useSession();
  const model = data?.model;
  const changed = () => result.refetch();
  // Whoever moves a version, by whatever client.
  useSubscription(MOVES, { variables: { model: name }, onData: () => void changed(), skip: !model });
  const wasServed = model?.production ?? model?.transitions.some(({ from }) => from === "PRODUCTION");
  return (
    <Page
      title={name}
      trail={[["Models", "/models"]]}
      query={MODEL}
      variables={variables}
      actions={
        can("OPERATOR", name) &&
        wasServed && (
          <Act
            label="Roll back"
            mutation={ROLLBACK}
            variables={(reason) => ({ model: name, reason })}
            confirm={
              model?.production
                ? `The version that was in Production before version ${model.production.version} answers again. It is not judged again.`
                : "The version that was in Production last answers again. It is not judged again."
            }
            reason="required"
            said="Rolled back"
            done={changed}
          />
        )
      }
    >
      <Loaded result={{ ...result, data }}>
        {() =>
          model ? (
            <Stack gap="xl">
              {model.description && <Text>{model.description}</Text>}
              <Serving model={model} />
              <Versions
                model={model}
                rows={model.versions.slice(0, PAGE)}
                older={model.versions.length > PAGE}
                firstPage={variables.versionsBefore === null}
                changed={changed}
              />
              <Live name={name} />
              <Canary
                model={name}
                challengers={model.versions
                  .filter(({ status, servable }) => status === "READY" && servable)
                  .map(({ version }) => version)}
                changed={changed}
              />
              <Aliases
                model={name}
                aliases={model.aliases}
                versions={model.versions.map(({ version }) => version)}
                changed={changed}
              />
              <History
                model={name}
                of={model.transitions.slice(0, PAGE)}
                older={model.transitions.length > PAGE}
              />
              <Changes of={model.changes} />
            </Stack>
          ) : (
            <Empty title={`There is no model named ${name}`}>
              <Link to="/models">All models</Link>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

/** Which version answers, since when and by whom; which one is to be tried. */
function Serving({ model }: { model: ModelData }) {
  const { production, staging } = model;
  return (
    <Section title="Serving">
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {production ? (
          <InStage model={model.name} version={production} />
        ) : (
          <Empty title="Nothing is in Production">
            Predictions are refused until a version is promoted. Train one, then promote it below.
          </Empty>
        )}
        {staging && <InStage model={model.name} version={staging} />}
      </SimpleGrid>
    </Section>
  );
}

function InStage({ model, version: of }: { model: string; version: NonNullable<ModelData["production"]> }) {
  const { version, stage, algorithm, servable, notServable, run, moves } = of;
  const move = moves[0];
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" wrap="nowrap">
        <Anchor component={Link} to={versionPath(model, version)} fw={600} size="lg">
          Version {version}
        </Anchor>
        <Status of={stage} />
      </Group>
      {move && (
        <Text size="sm">
          since <Time at={move.at} />, promoted by {move.actor}
          {move.reason && `: ${move.reason}`}
        </Text>
      )}
      {move?.forced && (
        <Badge color="red" radius="sm" tt="none" mt={4}>
          forced past gates
        </Badge>
      )}
      <Text size="sm" c="dimmed">
        {inWords(algorithm)} on held-out rows:{" "}
        {run?.latestMetrics
          .map(({ name, value }) => `${name.replaceAll("_", " ")} ${formatNumber(value)}`)
          .join(", ") || "not measured"}
      </Text>
      {!servable && <Text size="sm">It cannot answer: {notServable}</Text>}
    </Card>
  );
}
