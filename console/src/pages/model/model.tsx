import { useQuery } from "@apollo/client/react";
import { Group, List, Stack, Text, Timeline } from "@mantine/core";
import { Link, useParams } from "react-router";
import type { ModelQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { Hash, Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { formatNumber, inWords } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useSession } from "../../session.js";

const MODEL = graphql(`
  query Model($name: String!) {
    model(name: $name) {
      id
      name
      description
      production {
        id
        version
      }
      aliases(first: 50) {
        alias
        version
      }
      versions(first: 100) {
        id
        version
        stage
        algorithm
        createdAt
        sha256
        threshold
        servable
        notServable
        auc: metric(name: "auc")
        f1: metric(name: "f1")
        logLoss: metric(name: "log_loss")
        run {
          id
        }
        snapshot {
          id
          asOf
          revision
        }
      }
      transitions(first: 50) {
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
    }
  }
`);

const PROMOTE = graphql(`
  mutation Promote($input: PromoteInput!) {
    promote(input: $input) {
      id
      stage
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

/** One model: its versions by stage, promotion, rollback and its history. */
export default function Model() {
  const { name = "" } = useParams();
  const variables = { name };
  const result = useQuery(MODEL, { variables });
  const { can } = useSession();
  const model = result.data?.model;
  return (
    <Page
      title={name}
      trail={[["Models", "/models"]]}
      query={MODEL}
      variables={variables}
      actions={
        can("OPERATOR") &&
        model?.production && (
          <Act
            label="Roll back"
            mutation={ROLLBACK}
            variables={(reason) => ({ model: name, reason })}
            confirm={`The version that was in Production before version ${model.production.version} answers again.`}
            reason="required"
            said="Rolled back"
            done={() => result.refetch()}
          />
        )
      }
    >
      <Loaded result={result}>
        {(data) =>
          data.model ? (
            <Stack gap="xl">
              {data.model.description && <Text>{data.model.description}</Text>}
              <Versions model={data.model} changed={() => result.refetch()} />
              <Aliases of={data.model.aliases} />
              <History of={data.model.transitions} />
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

type ModelData = NonNullable<ModelQuery["model"]>;

function Versions({ model, changed }: { model: ModelData; changed: () => unknown }) {
  const { can } = useSession();
  if (model.versions.length === 0)
    return <Empty title="No version yet">Train one, or register one that was made elsewhere.</Empty>;
  return (
    <Section title="Versions" note="The newest first. Metrics are of the rows that training held out.">
      <DataTable
        label="Versions"
        rows={model.versions}
        keyOf={({ id }) => id}
        columns={[
          {
            name: "Version",
            numeric: true,
            cell: ({ version }) => (
              <Link to={`/models/${encodeURIComponent(model.name)}/${version}`}>{version}</Link>
            ),
          },
          {
            name: "Stage",
            cell: ({ stage, servable, notServable }) => (
              <Stack gap={2}>
                <Status of={stage} />
                {!servable && <Text size="xs">{notServable}</Text>}
              </Stack>
            ),
          },
          { name: "Algorithm", cell: ({ algorithm }) => inWords(algorithm) },
          { name: "auc", numeric: true, cell: ({ auc }) => formatNumber(auc) },
          { name: "f1", numeric: true, cell: ({ f1 }) => formatNumber(f1) },
          { name: "log loss", numeric: true, cell: ({ logLoss }) => formatNumber(logLoss) },
          { name: "Threshold", numeric: true, cell: ({ threshold }) => formatNumber(threshold) },
          { name: "Trained on", cell: ({ snapshot }) => `${snapshot.asOf} revision ${snapshot.revision}` },
          { name: "Run", cell: ({ run }) => <Link to={`/runs/${run.id}`}>{run.id.slice(0, 8)}</Link> },
          { name: "SHA-256", cell: ({ sha256 }) => <Hash of={sha256} /> },
          {
            name: "Promote",
            cell: ({ version, stage }) =>
              can("OPERATOR") &&
              stage !== "PRODUCTION" && (
                <Act
                  label="Promote"
                  mutation={PROMOTE}
                  variables={(reason) => ({ input: { model: model.name, version, reason: reason || null } })}
                  confirm={
                    model.production
                      ? `Version ${version} takes the place of version ${model.production.version}, which is archived, if every gate lets it pass.`
                      : `Version ${version} answers from now on, if every gate lets it pass.`
                  }
                  reason="asked"
                  said={`Version ${version} is in Production`}
                  done={changed}
                />
              ),
          },
        ]}
      />
    </Section>
  );
}

function Aliases({ of }: { of: ModelData["aliases"] }) {
  if (of.length === 0) return null;
  return (
    <Section title="Aliases">
      <Group>
        {of.map(({ alias, version }) => (
          <Text key={alias} size="sm">
            <b>{alias}</b> is version {version}
          </Text>
        ))}
      </Group>
    </Section>
  );
}

function History({ of }: { of: ModelData["transitions"] }) {
  if (of.length === 0) return null;
  return (
    <Section title="History" note="Written once, never changed.">
      <Timeline bulletSize={14} lineWidth={2} active={of.length}>
        {of.map(({ id, version, from, to, at, actor, reason, forced, gates }) => (
          <Timeline.Item
            key={id}
            title={`Version ${version}: ${inWords(from)} to ${inWords(to)}${forced ? ", forced" : ""}`}
          >
            <Text size="sm" c="dimmed">
              <Time at={at} /> by {actor}
              {reason && `: ${reason}`}
            </Text>
            {gates.length > 0 && (
              <List size="sm" mt={4}>
                {gates.map((gate) => (
                  <List.Item key={gate.name}>
                    {gate.passed ? "passed" : "failed"} {gate.name}: {gate.message}
                  </List.Item>
                ))}
              </List>
            )}
          </Timeline.Item>
        ))}
      </Timeline>
    </Section>
  );
}
