import { useQuery } from "@apollo/client/react";
import { Anchor, Grid, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { Link, useParams } from "react-router";
import type { EntityPageQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Answered } from "../../parts/answered.js";
import { Status } from "../../parts/badges.js";
import { type DataColumn, DataTable } from "../../parts/data-table.js";
import { type Entity, type EntityKey, keyInWords, keyOfPath, pathOfEntity } from "../../parts/entity-key.js";
import { Facts } from "../../parts/facts.js";
import { formatDuration, formatValue, inWords, MASKED, withMasked } from "../../parts/format.js";
import { Empty, Loaded, Waiting } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { useUrlState } from "../../parts/url-state.js";
import { useSession } from "../../session.js";
import { UnknownEntity } from "../entities/entities.js";
import { PredictionOf } from "./prediction.js";
import { StepSlider } from "./step-slider.js";
import { dateSteps, knownSteps } from "./steps.js";

const ENTITY_PAGE = graphql(`
  query EntityPage($entity: String!, $key: JSON!, $asOf: Date, $knownAt: DateTime) {
    entityRow(entity: $entity, key: $key) {
      id
      attributes
      masked
      features(asOf: $asOf, knownAt: $knownAt) {
        asOf
        json
        statuses {
          name
          view
          status
          eventTime
          ageSeconds
          ttlSeconds
        }
      }
    }
  }
`);

/** What does not change with the date that is looked at. */
const ENTITY_HISTORY = graphql(`
  query EntityHistory($key: JSON!, $model: String!) {
    predictions(entityKey: $key, first: 20) {
      nodes {
        at
        key
        model
        version
        prediction
        probability
        value
        class
        features
        masked
      }
      pageInfo {
        hasNextPage
      }
    }
    snapshots(first: 100) {
      nodes {
        id
        asOf
        createdAt
        state
      }
    }
    model(name: $model) {
      id
      versions(first: 100) {
        id
        version
        stage
      }
    }
  }
`);

/** One of an entity: its features, what the model says of it and why, now or as of a date. */
export default function EntityRoute() {
  const { entities = "", key = "" } = useParams();
  const { deployment } = useSession();
  const entity = deployment.entities.find((each) => pathOfEntity(each) === `/${entities}`);
  if (!entity) return <UnknownEntity />;
  const entityKey = keyOfPath(entity, key);
  return entityKey ? (
    <EntityPage key={key} entity={entity} entityKey={entityKey} />
  ) : (
    <Nobody entity={entity} of={key} />
  );
}

/** The form of the mutation that erases one, with the key filled in where it is one column. */
function eraseForm({ name, keys }: Entity, key: EntityKey): string {
  const camel = (text: string) =>
    text.replace(/[_ ]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const one = camel(name);
  const filled =
    keys.length === 1
      ? `?${new URLSearchParams({ [camel(keys[0]!.column)]: String(key[keys[0]!.column]) })}`
      : "";
  return `/start/erase${one.charAt(0).toUpperCase()}${one.slice(1)}${filled}`;
}

function EntityPage({ entity, entityKey }: { entity: Entity; entityKey: EntityKey }) {
  const { deployment, can } = useSession();
  const [asOf, setAsOf] = useUrlState("asOf");
  const [knownAt, setKnownAt] = useUrlState("knownAt");
  const [asked, setService] = useUrlState("service");
  const services = deployment.services.filter((service) => service.entity === entity.name);
  const service = services.find(({ name }) => name === asked) ?? services[0];
  const variables = {
    entity: entity.name,
    key: entityKey,
    asOf: asOf || null,
    knownAt: knownAt || null,
  };
  const result = useQuery(ENTITY_PAGE, { variables });
  const history = useQuery(ENTITY_HISTORY, { variables: { key: entityKey, model: service?.name ?? "" } });
  const data = result.data ?? (result.loading ? result.previousData : undefined);
  const snapshots = history.data?.snapshots.nodes ?? [];
  const words = keyInWords(entity, entityKey);
  if (data && !data.entityRow) return <Nobody entity={entity} of={words} />;
  return (
    <Page
      title={words}
      trail={[[inWords(entity.plural), pathOfEntity(entity)]]}
      query={ENTITY_PAGE}
      variables={variables}
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        <Stack gap={4}>
          <StepSlider
            label="As of"
            note="The date whose features are shown. Steps are the dates of snapshots."
            steps={dateSteps(snapshots, asOf)}
            value={asOf}
            change={setAsOf}
          />
          <TextInput
            type="date"
            aria-label="As of another date"
            size="xs"
            w={150}
            value={asOf}
            onChange={({ currentTarget }) => setAsOf(currentTarget.value)}
          />
        </Stack>
        <StepSlider
          label="Known at"
          note="What had been recorded by then. Steps are the instants at which snapshots were made."
          steps={knownSteps(snapshots, knownAt, localInstant)}
          value={knownAt}
          change={setKnownAt}
        />
      </SimpleGrid>
      <Grid gutter="xl">
        <Grid.Col span={{ base: 12, lg: 5 }}>
          {services.length > 1 && (
            <Select
              label="Feature service"
              mb="sm"
              w={240}
              data={services.map(({ name }) => name)}
              value={service!.name}
              allowDeselect={false}
              onChange={setService}
            />
          )}
          {service ? (
            <PredictionOf
              service={service.name}
              entityKey={entityKey}
              asOf={asOf}
              knownAt={knownAt}
              versions={history.data?.model?.versions ?? []}
            />
          ) : (
            <Empty title={`No feature service is about ${entity.plural}`}>So no model scores them.</Empty>
          )}
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Section
            title="Features"
            note={
              asOf || knownAt
                ? `As they held on ${data?.entityRow?.features?.asOf ?? asOf}.`
                : "As they are served now."
            }
          >
            <Loaded result={{ ...result, data }} lines={10}>
              {({ entityRow }) => entityRow?.features && <FeaturesOf of={entityRow.features} />}
            </Loaded>
          </Section>
        </Grid.Col>
      </Grid>
      <Section
        title={inWords(entity.name)}
        note="As its source has it now."
        actions={
          can("ADMIN") && (
            <Anchor component={Link} size="sm" c="red" to={eraseForm(entity, entityKey)}>
              Erase
            </Anchor>
          )
        }
      >
        {data?.entityRow ? (
          <Facts
            of={[
              ...Object.entries(entityKey).map(([name, value]) => [name, formatValue(value)] as const),
              ...Object.entries(withMasked(data.entityRow.attributes, data.entityRow.masked)).map(
                ([name, value]) => [name, formatValue(value)] as const,
              ),
            ]}
          />
        ) : (
          !result.error && <Waiting lines={3} />
        )}
      </Section>
      <Section
        title="What was answered"
        note="The newest answers of the prediction log. Looking at this page is not logged."
        actions={
          <Anchor component={Link} size="sm" to={`/predictions?${new URLSearchParams(keyTexts(entityKey))}`}>
            All of the log
          </Anchor>
        }
      >
        <Loaded result={history}>
          {({ predictions: { nodes } }) =>
            nodes.length === 0 ? (
              <Empty title="Nothing was answered yet">
                Answers about now that clients get are listed here within seconds.
              </Empty>
            ) : (
              <Answered of={nodes} label="What was answered" withKey={false} />
            )
          }
        </Loaded>
      </Section>
    </Page>
  );
}

function Nobody({ entity, of }: { entity: Entity; of: string }) {
  const { can } = useSession();
  return (
    <Page title={of} trail={[[inWords(entity.plural), pathOfEntity(entity)]]}>
      <Empty title={`There is no ${entity.name.replaceAll("_", " ")} “${of}”`}>
        No delivery that was published holds it.{" "}
        <Link to={pathOfEntity(entity)}>Search all {entity.plural}</Link>, or{" "}
        {can("OPERATOR") ? <Link to="/start/ingest">ingest a delivery</Link> : "ask for a delivery"} that
        holds it.
      </Empty>
    </Page>
  );
}

type Features = NonNullable<NonNullable<EntityPageQuery["entityRow"]>["features"]>;

function FeaturesOf({ of: { json, statuses } }: { of: Features }) {
  const values = json as Record<string, unknown>;
  return (
    <DataTable
      label="Features"
      rows={statuses}
      keyOf={({ name }) => name}
      columns={[
        {
          name: "Feature",
          cell: ({ name, view }) => <Link to={`/features/${encodeURIComponent(view)}`}>{name}</Link>,
        },
        {
          name: "Value",
          numeric: true,
          cell: ({ name, status }) => (
            <span className="line">{status === "MASKED" ? MASKED : formatValue(values[name])}</span>
          ),
        },
        { name: "Status", cell: ({ status }) => <Status of={status} /> },
        { name: "Event date", cell: ({ eventTime }) => eventTime ?? "–" },
        {
          name: "Age",
          numeric: true,
          cell: ({ ageSeconds }) =>
            ageSeconds === null || ageSeconds === undefined ? (
              "–"
            ) : (
              <span className="line">{days(ageSeconds)}</span>
            ),
        },
        ...(statuses.some(({ ttlSeconds }) => ttlSeconds) ? [servedFor] : []),
      ]}
    />
  );
}

const servedFor: DataColumn<Features["statuses"][number]> = {
  name: "Served for",
  numeric: true,
  cell: ({ ttlSeconds }) => (ttlSeconds ? formatDuration(1_000 * ttlSeconds) : "always"),
};

/** Values hold from a date: their age is of whole days. */
function days(seconds: number): string {
  const whole = Math.floor(seconds / 86_400);
  return whole === 1 ? "1 day" : `${whole} days`;
}

const keyTexts = (key: EntityKey): Record<string, string> =>
  Object.fromEntries(Object.entries(key).map(([column, value]) => [column, String(value)]));

const INSTANT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const localInstant = (instant: string): string => {
  const ms = Date.parse(instant);
  return Number.isNaN(ms) ? instant : INSTANT.format(ms);
};
