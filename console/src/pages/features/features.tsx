import { useQuery } from "@apollo/client/react";
import { Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { formatDuration, formatNumber, formatPercent } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { Drift } from "./drift.js";
import { Freshness } from "./freshness.js";

const FEATURES = graphql(`
  query Features {
    featureStoreStatus {
      hitRate
      views {
        id
        name
        source
        description
        ttlSeconds
        features {
          name
          type
        }
        freshness {
          newestEventTime
          materializedAt
          ageSeconds
          rowCount
        }
      }
    }
    featureServices {
      name
      features {
        name
        view
      }
    }
  }
`);

/** Every feature view with how fresh it is and who uses it, and how far the features have moved. */
export default function Features() {
  const result = useQuery(FEATURES);
  return (
    <Page title="Features" query={FEATURES}>
      <Loaded result={result}>
        {({ featureStoreStatus: { views, hitRate }, featureServices }) => (
          <Stack gap="xl">
            <Section
              title="Views"
              note={
                hitRate === null || hitRate === undefined
                  ? "No value was asked for since this process started."
                  : `${formatPercent(hitRate)} of the values asked for since this process started were present.`
              }
            >
              <DataTable
                label="Feature views"
                rows={views}
                keyOf={({ id }) => id}
                columns={[
                  {
                    name: "View",
                    cell: ({ name, description }) => (
                      <>
                        <Link to={`/features/${encodeURIComponent(name)}`}>{name}</Link>
                        <Text size="xs" c="dimmed">
                          {description}
                        </Text>
                      </>
                    ),
                  },
                  { name: "Freshness", cell: (view) => <Freshness of={view} /> },
                  {
                    name: "Newest",
                    cell: ({ freshness }) => (
                      <span style={{ whiteSpace: "nowrap" }}>{freshness?.newestEventTime ?? "–"}</span>
                    ),
                  },
                  {
                    name: "Served for",
                    cell: ({ ttlSeconds }) => (ttlSeconds ? formatDuration(1_000 * ttlSeconds) : "ever"),
                  },
                  {
                    name: "Materialized",
                    cell: ({ freshness }) => <Time at={freshness?.materializedAt} ago />,
                  },
                  { name: "Rows", numeric: true, cell: ({ freshness }) => formatNumber(freshness?.rowCount) },
                  { name: "Features", numeric: true, cell: ({ features }) => features.length },
                  { name: "Source", cell: ({ source }) => source },
                  {
                    name: "Used by",
                    cell: ({ name }) => {
                      const users = featureServices.filter(({ features }) =>
                        features.some((feature) => feature.view === name),
                      );
                      return users.length === 0
                        ? "–"
                        : users.map((service) => (
                            <Link key={service.name} to={`/models/${encodeURIComponent(service.name)}`}>
                              {service.name}{" "}
                            </Link>
                          ));
                    },
                  },
                ]}
              />
            </Section>
            {featureServices.length > 0 ? (
              <Drift services={featureServices} />
            ) : (
              <Empty title="No feature service is declared">
                Drift is measured for the features that a model is trained on.
              </Empty>
            )}
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
