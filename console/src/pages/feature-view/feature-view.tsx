import { useQuery } from "@apollo/client/react";
import { Grid, Select, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link, useLocation, useParams } from "react-router";
import type { FeatureViewQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { factsOf, type Labelled, OverDates } from "../../parts/distribution.js";
import { Facts } from "../../parts/facts.js";
import { formatDuration, formatNumber, formatPercent } from "../../parts/format.js";
import { Empty, Failure, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useUrlState } from "../../parts/url-state.js";
import { Freshness } from "../features/freshness.js";
import { datesOf, spells } from "./dates.js";

const FEATURE_VIEW = graphql(`
  query FeatureView($name: String!) {
    featureView(name: $name) {
      id
      name
      source
      entity
      description
      ttlSeconds
      features {
        name
        type
        description
      }
      freshness {
        newestEventTime
        materializedAt
        ageSeconds
        rowCount
      }
    }
    featureServices {
      name
      features {
        name
      }
    }
    snapshots(first: 200) {
      nodes {
        id
        asOf
        revision
        state
      }
    }
  }
`);

const PROFILES = graphql(`
  query FeatureProfiles($view: String!, $first: Int!) {
    snapshots(first: $first) {
      nodes {
        id
        asOf
        revision
        state
        featureProfile(view: $view) {
          ...Distribution
        }
      }
    }
  }
`);

const PROFILE = graphql(`
  query FeatureProfileOf($view: String!, $asOf: Date!) {
    snapshot(asOf: $asOf) {
      id
      asOf
      revision
      state
      featureProfile(view: $view) {
        ...Distribution
      }
    }
  }
`);

/** Snapshots whose distributions are shown beside the chosen one. */
const SHOWN = 8;

/** One feature view: where it comes from, how fresh it is, and how each feature was distributed in each snapshot. */
export default function FeatureViewPage() {
  const { view: name = "" } = useParams();
  const result = useQuery(FEATURE_VIEW, { variables: { name } });
  return (
    <Page title={name} trail={[["Features", "/features"]]} query={FEATURE_VIEW} variables={{ name }}>
      <Loaded result={result}>
        {({ featureView, featureServices, snapshots }) =>
          featureView ? (
            <View view={featureView} services={featureServices} snapshots={snapshots.nodes} />
          ) : (
            <Empty title={`No feature view is called ${name}`}>
              <Link to="/features">All feature views</Link>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

interface Props {
  view: NonNullable<FeatureViewQuery["featureView"]>;
  services: FeatureViewQuery["featureServices"];
  snapshots: FeatureViewQuery["snapshots"]["nodes"];
}

function View({ view, services, snapshots }: Props) {
  const { freshness, ttlSeconds } = view;
  const dates = datesOf(snapshots);
  const [named, name] = useUrlState("asOf");
  const chosen = named || dates[0]?.asOf || "";
  return (
    <Stack gap="xl">
      <Facts
        of={[
          ["Description", view.description],
          ["Freshness", <Freshness key="freshness" of={view} />],
          ["Newest values of", freshness?.newestEventTime],
          ["Served for", ttlSeconds ? formatDuration(1_000 * ttlSeconds) : "ever: they do not expire"],
          ["Materialized", freshness && <Time at={freshness.materializedAt} ago />],
          ["Rows served", freshness && formatNumber(freshness.rowCount)],
          ["Source", view.source],
          ["Entity", view.entity],
        ]}
      />
      {dates.length === 0 ? (
        <Empty title="Nothing was published yet">
          Ingest a delivery: then distributions can be seen here.
        </Empty>
      ) : (
        <Distributions
          view={view}
          services={services}
          chosen={chosen}
          picker={
            <Select
              label="Snapshot"
              data={dates.map(({ asOf }) => asOf)}
              value={chosen}
              onChange={(date) => name(date === dates[0]?.asOf ? null : date)}
              allowDeselect={false}
              searchable
              w={170}
            />
          }
          listed={snapshots.length}
        />
      )}
    </Stack>
  );
}

function Distributions({
  view,
  services,
  chosen,
  picker,
  listed,
}: Pick<Props, "view" | "services"> & { chosen: string; picker: React.ReactNode; listed: number }) {
  // First the chosen one: where a large snapshot is looked at for the first time, the others take a while.
  const result = useQuery(PROFILE, { variables: { view: view.name, asOf: chosen } });
  const here = result.data?.snapshot;
  const others = useQuery(PROFILES, {
    variables: { view: view.name, first: Math.min(12, listed) },
    skip: !here,
  });
  const shown = datesOf(others.data?.snapshots.nodes ?? []).slice(0, SHOWN);
  const extra = here && !shown.some(({ id }) => id === here.id) ? [here] : [];
  const snapshots = [...shown, ...extra].sort((a, b) => (a.asOf < b.asOf ? -1 : 1));
  const of = (feature: string): Labelled[] =>
    snapshots.flatMap(({ asOf, featureProfile }) => {
      const profile = featureProfile?.find((each) => each.feature.name === feature);
      return profile ? [{ label: asOf, profile }] : [];
    });
  const retired = [
    ...new Set(
      snapshots.flatMap(({ featureProfile }) => featureProfile?.map(({ feature }) => feature.name) ?? []),
    ),
  ].filter((name) => !view.features.some((feature) => feature.name === name));
  return (
    <Section
      title="Distributions"
      note="As published, without pushed values. Computed when somebody first looks, which takes a moment for large snapshots."
      actions={picker}
    >
      <Loaded result={result} lines={12}>
        {({ snapshot }) =>
          snapshot ? (
            <Stack gap="xl">
              {others.error && <Failure error={others.error} retry={others.refetch} />}
              {!others.data && !others.error && (
                <Text size="sm" c="dimmed" role="status">
                  The other dates are on their way.
                </Text>
              )}
              {view.features.map(({ name, type, description }) => (
                <FeatureSection
                  key={name}
                  name={name}
                  note={[
                    description,
                    `Type ${type}.`,
                    `Used by ${
                      services
                        .filter(({ features }) => features.some((used) => used.name === name))
                        .map((service) => service.name)
                        .join(", ") || "nobody"
                    }.`,
                  ]}
                  of={of(name)}
                  chosen={chosen}
                />
              ))}
              {retired.map((name) => (
                <FeatureSection
                  key={name}
                  name={name}
                  note={["Retired: served no longer."]}
                  of={of(name)}
                  chosen={chosen}
                />
              ))}
            </Stack>
          ) : (
            <Empty title={`There is no snapshot of ${chosen}`}>Choose another date.</Empty>
          )
        }
      </Loaded>
    </Section>
  );
}

function FeatureSection({
  name,
  note,
  of,
  chosen,
}: {
  name: string;
  note: (string | null | undefined)[];
  of: readonly Labelled[];
  chosen: string;
}) {
  const here = of.find(({ label }) => label === chosen)?.profile;
  const place = useRef<HTMLElement>(null);
  const { hash } = useLocation();
  // The browser looked for it before the data were there.
  useEffect(() => {
    if (hash === `#${name}`) place.current?.scrollIntoView();
  }, [hash, name]);
  return (
    <section id={name} aria-label={name} ref={place} style={{ scrollMarginTop: 64 }}>
      <Text component="h3" fw={600}>
        {name}
      </Text>
      <Text size="sm" c="dimmed" mb="xs">
        {note.filter(Boolean).join(" ")}
      </Text>
      <Grid gutter="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          {here ? (
            <Facts of={[...factsOf(here), ["Missing by date", missingByDate(of)]]} />
          ) : (
            <Text size="sm" c="dimmed">
              The snapshot of {chosen} has no distribution of it: it was made without the feature, or its rows
              were dropped before anybody looked.
            </Text>
          )}
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          {of.length > 0 && <OverDates name={name} of={of} chosen={chosen} />}
        </Grid.Col>
      </Grid>
    </section>
  );
}

const missingByDate = (of: readonly Labelled[]): string =>
  spells(
    of.map(({ label, profile: { rows, missing } }) => ({
      asOf: label,
      share: formatPercent(rows === 0 ? 0 : missing / rows),
    })),
  );
