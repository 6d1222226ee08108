import { useQuery } from "@apollo/client/react";
import { Alert, SimpleGrid, Stack, Tabs, Text } from "@mantine/core";
import { Link } from "react-router";
import type { SnapshotDiffQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Hash } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { LaidOver } from "../../parts/distribution.js";
import { formatNumber } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { useUrlState } from "../../parts/url-state.js";

const DIFF = graphql(`
  query SnapshotDiff($from: Date!, $to: Date!) {
    snapshotDiff(from: $from, to: $to) {
      identical
      from {
        id
        asOf
        revision
        contentSha256
      }
      to {
        id
        asOf
        revision
        contentSha256
      }
      views {
        name
        identical
        added
        removed
        changed
        unchanged
        features {
          name
          changed
          psi
        }
      }
    }
    featureViews {
      id
      name
    }
  }
`);

const BOTH = graphql(`
  query ProfilesOfTwo($from: Date!, $to: Date!, $view: String!) {
    from: featureProfile(view: $view, asOf: $from) {
      ...Distribution
    }
    to: featureProfile(view: $view, asOf: $to) {
      ...Distribution
    }
  }
`);

type Diff = SnapshotDiffQuery["snapshotDiff"];

/** What changed between two dates: rows, values, and the distributions of both laid over each other. */
export default function SnapshotDiffPage() {
  const [from] = useUrlState("from");
  const [to] = useUrlState("to");
  const variables = { from, to };
  const result = useQuery(DIFF, { variables, skip: from === "" || to === "" });
  const title = from && to ? `${from} and ${to}` : "Two snapshots";
  return (
    <Page title={title} trail={[["Snapshots", "/snapshots"]]} query={DIFF} variables={variables}>
      {from === "" || to === "" ? (
        <Empty title="Two dates are needed">
          Choose them among <Link to="/snapshots">the snapshots</Link>.
        </Empty>
      ) : (
        <Loaded result={result}>
          {({ snapshotDiff, featureViews }) => (
            <Compared diff={snapshotDiff} views={featureViews.map(({ name }) => name)} />
          )}
        </Loaded>
      )}
    </Page>
  );
}

function Compared({ diff, views }: { diff: Diff; views: readonly string[] }) {
  const [named, name] = useUrlState("view");
  const profiled = diff.views.filter((view) => views.includes(view.name));
  const moved = profiled.find(({ identical }) => !identical);
  const chosen = profiled.find((view) => view.name === named) ?? moved ?? profiled[0];
  return (
    <Stack gap="xl">
      <Section title="Rows" note={<Sides diff={diff} />}>
        {diff.identical && (
          <Alert mb="sm" title="The two are identical">
            Both have the same content hash: not a value differs.
          </Alert>
        )}
        <DataTable
          label="Rows by view"
          rows={diff.views}
          keyOf={(view) => view.name}
          columns={[
            { name: "View", cell: (view) => view.name },
            { name: "Added", numeric: true, cell: ({ added }) => formatNumber(added) },
            { name: "Removed", numeric: true, cell: ({ removed }) => formatNumber(removed) },
            { name: "Changed", numeric: true, cell: ({ changed }) => formatNumber(changed) },
            { name: "Unchanged", numeric: true, cell: ({ unchanged }) => formatNumber(unchanged) },
          ]}
        />
      </Section>
      {chosen && (
        <Tabs value={chosen.name} onChange={name} keepMounted={false}>
          <Tabs.List aria-label="Views">
            {profiled.map((view) => (
              <Tabs.Tab key={view.name} value={view.name}>
                {view.name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {profiled.map((view) => (
            <Tabs.Panel key={view.name} value={view.name} pt="md">
              <ViewCompared view={view} from={diff.from.asOf} to={diff.to.asOf} />
            </Tabs.Panel>
          ))}
        </Tabs>
      )}
    </Stack>
  );
}

function Sides({ diff: { from, to } }: { diff: Diff }) {
  return (
    <>
      {[from, to].map(({ id, asOf, revision, contentSha256 }, i) => (
        <span key={id + String(i)}>
          {i === 0 ? "From " : " to "}
          <Link to={`/snapshots/${asOf}?revision=${revision}`}>
            {asOf}, revision {revision}
          </Link>{" "}
          <Hash of={contentSha256} />
        </span>
      ))}
    </>
  );
}

function ViewCompared({ view, from, to }: { view: Diff["views"][number]; from: string; to: string }) {
  const result = useQuery(BOTH, { variables: { from, to, view: view.name } });
  const [earlier, later] = from === to ? [`${from} (from)`, `${to} (to)`] : [from, to];
  return (
    <Loaded result={result}>
      {({ from: before, to: after }) => (
        <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="xl" verticalSpacing="lg">
          {view.features.map(({ name, changed, psi }) => {
            const [one, other] = [before, after].map((side) =>
              side?.find(({ feature }) => feature.name === name),
            );
            return (
              <section key={name} aria-label={name} style={{ minWidth: 0 }}>
                {one && other ? (
                  <LaidOver
                    name={name}
                    from={{ label: earlier, profile: one }}
                    to={{ label: later, profile: other }}
                  />
                ) : (
                  <>
                    <Text fw={600} size="sm">
                      {name}
                    </Text>
                    <Text size="sm" c="dimmed">
                      One of the snapshots was made without it.
                    </Text>
                  </>
                )}
                <Text size="sm">
                  PSI {psi === null || psi === undefined ? "not known" : psi.toFixed(3)};{" "}
                  {formatNumber(changed)} {changed === 1 ? "value" : "values"} changed
                </Text>
              </section>
            );
          })}
        </SimpleGrid>
      )}
    </Loaded>
  );
}
