import { useQuery } from "@apollo/client/react";
import { Stack } from "@mantine/core";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { formatDuration, formatNumber, formatPercent } from "../../parts/format.js";
import { Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";

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
          description
        }
        freshness {
          newestEventTime
          materializedAt
          rowCount
        }
      }
    }
    featureServices {
      name
      features {
        name
      }
    }
  }
`);

/** Every feature view: what it holds, how fresh it is, and who uses it. */
export default function Features() {
  const result = useQuery(FEATURES);
  return (
    <Page title="Features" query={FEATURES}>
      <Loaded result={result}>
        {({ featureStoreStatus: { views, hitRate }, featureServices }) => (
          <Stack gap="xl">
            {hitRate !== null && <div>{formatPercent(hitRate)} of the values asked for were present.</div>}
            {views.map(({ id, name, description, source, ttlSeconds, freshness, features }) => (
              <Section
                key={id}
                title={name}
                note={
                  <>
                    {description} Source {source}, {formatNumber(freshness?.rowCount ?? 0)} rows, newest from{" "}
                    {freshness?.newestEventTime ?? "–"}, materialized{" "}
                    <Time at={freshness?.materializedAt} ago />
                    {ttlSeconds ? `, served for ${formatDuration(1_000 * ttlSeconds)}` : ", does not expire"}.
                  </>
                }
              >
                <DataTable
                  label={`Features of ${name}`}
                  rows={features}
                  keyOf={(feature) => feature.name}
                  columns={[
                    { name: "Feature", cell: (feature) => feature.name },
                    { name: "Type", cell: ({ type }) => type },
                    { name: "Description", cell: (feature) => feature.description ?? "–" },
                    {
                      name: "Used by",
                      cell: (feature) =>
                        featureServices
                          .filter((service) => service.features.some((used) => used.name === feature.name))
                          .map((service) => service.name)
                          .join(", ") || "–",
                    },
                  ]}
                />
              </Section>
            ))}
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
