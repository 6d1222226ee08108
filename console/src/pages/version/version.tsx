import { useQuery } from "@apollo/client/react";
import { Alert, Anchor, Button, List, SimpleGrid, Stack, Text, Timeline } from "@mantine/core";
import { useMemo } from "react";
import { Link, useParams } from "react-router";
import type { VersionQuery } from "../../graphql/graphql.js";
import { Status } from "../../parts/badges.js";
import { Canary } from "../../parts/canary/canary.js";
import { DataTable } from "../../parts/data-table.js";
import { type Entity, keyInWords, pathOfKey } from "../../parts/entity-key.js";
import { Figures } from "../../parts/facts.js";
import { formatNumber, formatPercent, inWords } from "../../parts/format.js";
import { Lineage } from "../../parts/lineage.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { at } from "../../place.js";
import { useSession } from "../../session.js";
import { compareAddress } from "../compare/ids.js";
import { About } from "./about.js";
import { Evaluated } from "./evaluated.js";
import { type LoggedAnswer, lineageOf } from "./lineage.js";
import { VERSION } from "./version.query.js";

type Answers = VersionQuery["predictions"]["nodes"];
type VersionData = NonNullable<VersionQuery["modelVersion"]>;

const MOST = 2 ** 31 - 1;

/** One version of a model: how well it does, what it takes, and what it was made from. */
export default function Version() {
  const { name = "", version: number = "" } = useParams();
  const { can } = useSession();
  const version = /^\d+$/.test(number) && Number(number) <= MOST ? Number(number) : null;
  const address = `/models/${encodeURIComponent(name)}`;
  const variables = { model: name, version: version ?? 0 };
  const result = useQuery(VERSION, { variables, skip: version === null });
  const found = result.data?.modelVersion;
  const production = result.data?.model?.production;
  const none = (
    <Empty title={`${name} has no version ${number}`}>
      <Link to={address}>All versions of {name}</Link>
    </Empty>
  );
  return (
    <Page
      title={`${name} version ${number}`}
      trail={[
        ["Models", "/models"],
        [name, address],
      ]}
      badge={found && <Status of={found.stage} />}
      query={VERSION}
      variables={variables}
      actions={
        found && (
          <>
            {production?.run && found.run && production.id !== found.id && (
              <Button
                component={Link}
                to={compareAddress([production.run.id, found.run.id])}
                size="xs"
                variant="default"
              >
                Compare with version {production.version} in Production
              </Button>
            )}
            {found.sha256 && (
              <Button
                component="a"
                href={at(`artifacts/${found.sha256}`)}
                download={`${name}-${found.version}.onnx`}
                size="xs"
                variant="default"
              >
                Download ONNX
              </Button>
            )}
            {found.status === "READY" && can("OPERATOR") && (
              <Button
                component="a"
                href={at(`models/${encodeURIComponent(name)}/versions/${found.version}/export`)}
                download={`${name}-${found.version}.asof.tar`}
                size="xs"
                variant="default"
              >
                Export
              </Button>
            )}
          </>
        )
      }
    >
      {version === null ? (
        none
      ) : (
        <Loaded result={result} lines={12}>
          {({ modelVersion, predictions }) =>
            modelVersion ? (
              <Whole of={modelVersion} answers={predictions.nodes} changed={() => result.refetch()} />
            ) : (
              none
            )
          }
        </Loaded>
      )}
    </Page>
  );
}

function Whole({ of, answers, changed }: { of: VersionData; answers: Answers; changed: () => unknown }) {
  const { deployment } = useSession();
  const stages = useMemo(() => {
    const service = deployment.services.find(({ name }) => name === of.model);
    const entity =
      deployment.entities.find(({ name }) => name === service?.entity) ?? deployment.entities[0]!;
    return lineageOf(of, inLineage(answers, entity));
  }, [of, answers, deployment]);
  return (
    <Stack gap="xl">
      {of.status === "PENDING" && of.run && (
        <Alert title="It is not judged yet" role="status">
          <Link to={`/runs/${of.run.id}`}>Follow the run that judges it</Link>
        </Alert>
      )}
      {of.status === "FAILED" && (
        <Alert color="red" title="It was not registered" role="alert">
          {of.statusMessage}
        </Alert>
      )}
      {of.status === "READY" && !of.servable && (
        <Alert color="red" title="This version cannot be served" role="alert">
          {of.notServable}
        </Alert>
      )}
      {of.warnings.length > 0 && (
        <Alert color="orange" title="Found when it was registered">
          {of.warnings.map((warning) => (
            <Text key={warning} size="sm">
              {warning}
            </Text>
          ))}
        </Alert>
      )}
      {of.description && <Text>{of.description}</Text>}
      <About version={of} />
      {of.status === "READY" && (
        <Canary
          key={of.id}
          model={of.model}
          only={of.version}
          challengers={of.servable ? [of.version] : []}
          changed={changed}
        />
      )}
      {of.status === "READY" && <Evaluated version={of} />}
      <Metrics of={of.run?.latestMetrics ?? []} />
      <Section title="Lineage" note="From what it answers back to the files. Every node is a link.">
        <Lineage of={stages} />
      </Section>
      {of.signature && <Signature of={of.signature} />}
      <Transitions of={of.transitions} model={of.model} />
    </Stack>
  );
}

function inLineage(answers: Answers, entity: Entity): LoggedAnswer[] {
  return answers.map(({ at, key, featuresSha256, ...answer }) => {
    const said = answer.class ?? formatNumber(answer.value ?? answer.prediction);
    const probability =
      typeof answer.probability === "number" ? ` (${formatPercent(answer.probability)})` : "";
    return {
      label: key ? keyInWords(entity, key) : "A cold start",
      detail: `answered ${said}${probability} on ${new Date(at).toLocaleDateString()}`,
      featuresSha256,
      to: key ? pathOfKey(entity, key) : "/predictions",
    };
  });
}

function Metrics({ of }: { of: NonNullable<VersionData["run"]>["latestMetrics"] }) {
  // Series of the fit are on the run's page.
  const shown = of.filter(({ name }) => !name.startsWith("validation_curve_"));
  if (shown.length === 0) return null;
  return (
    <Section title="Metrics" note="Of its run, as they were measured last.">
      <Figures
        cols={{ base: 2, sm: 3, lg: 5 }}
        of={shown.map(({ name, value, text }) => [
          name,
          value === null || value === undefined ? text : formatNumber(value),
        ])}
      />
    </Section>
  );
}

function Signature({ of: { inputs, outputs, features } }: { of: NonNullable<VersionData["signature"]> }) {
  const tensors = [
    ...inputs.map((tensor) => ({ ...tensor, direction: "input" })),
    ...outputs.map((tensor) => ({ ...tensor, features: null, direction: "output" })),
  ];
  return (
    <Section title="Signature" note="What the file takes and gives.">
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
        <DataTable
          label="Features"
          rows={features}
          keyOf={({ name }) => name}
          columns={[
            { name: "Feature", cell: ({ name }) => name },
            { name: "Kind", cell: ({ kind }) => kind },
            { name: "Type", cell: ({ type }) => type ?? "–" },
            { name: "Required", cell: ({ required }) => (required ? "yes" : "no") },
          ]}
        />
        <DataTable
          label="Inputs and outputs"
          rows={tensors}
          keyOf={({ direction, name }) => `${direction} ${name}`}
          columns={[
            { name: "Tensor", cell: ({ name }) => name },
            { name: "Direction", cell: ({ direction }) => direction },
            { name: "Type", cell: ({ type }) => type },
            { name: "Shape", cell: ({ shape }) => `[${shape.map((size) => size ?? "rows").join(", ")}]` },
          ]}
        />
      </SimpleGrid>
    </Section>
  );
}

function Transitions({ of, model }: { of: VersionData["transitions"]; model: string }) {
  return (
    <Section
      title="Stages"
      actions={
        <Anchor component={Link} to={`/models/${encodeURIComponent(model)}`} size="sm">
          Promote, roll back and the model's history
        </Anchor>
      }
    >
      {of.length === 0 ? (
        <Empty title="It has not been in any stage yet" />
      ) : (
        <Timeline bulletSize={14} lineWidth={2} active={of.length}>
          {of.map(({ id, from, to, at, actor, reason, forced, gates }) => (
            <Timeline.Item key={id} title={`${inWords(from)} to ${inWords(to)}${forced ? ", forced" : ""}`}>
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
      )}
    </Section>
  );
}
