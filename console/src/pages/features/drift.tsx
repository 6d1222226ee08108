import { useQuery } from "@apollo/client/react";
import { Group, ScrollArea, Select, Stack, Table, Text, Tooltip } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { graphql } from "../../graphql/index.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { useUrlState } from "../../parts/url-state.js";
import { driftInWords, HEAT_LIMITS, type Heat, heatClass, heatOf, type Point } from "./heat.js";

const DRIFT = graphql(`
  query DriftHistory($model: String!, $first: Int!) {
    driftHistory(model: $model, first: $first) {
      asOf
      against
      feature
      psi
      drifted
      pending
    }
  }
`);

const DATES = 12;
/** While dates are still being compared. */
const ASK_AGAIN_MS = 1_000;

interface Service {
  name: string;
  features: readonly { name: string; view?: string | null }[];
}

/** How far each feature of each of the newest snapshots has moved from what Production was trained on. */
export function Drift({ services }: { services: readonly Service[] }) {
  const [named, name] = useUrlState("model");
  const service = services.find((each) => each.name === named) ?? services[0]!;
  const result = useQuery(DRIFT, { variables: { model: service.name, first: DATES } });
  const points = result.data?.driftHistory;
  const pending = points?.some((point) => point.pending) ?? false;
  const { startPolling, stopPolling } = result;
  useEffect(() => {
    if (!pending) return;
    startPolling(ASK_AGAIN_MS);
    return stopPolling;
  }, [pending, startPolling, stopPolling]);
  return (
    <Section
      title="Drift"
      note={`Population stability index (PSI) against the snapshot that Production of ${service.name} was trained on. ▲ drifted: surer than chance, and large enough to matter.`}
      actions={
        services.length > 1 && (
          <Select
            aria-label="Model"
            data={services.map((each) => each.name)}
            value={service.name}
            onChange={name}
            allowDeselect={false}
          />
        )
      }
    >
      <Loaded result={result}>
        {({ driftHistory }) =>
          driftHistory && driftHistory.length > 0 ? (
            <HeatMap of={heatOf(driftHistory)} features={service.features} />
          ) : (
            <Empty title={`No version of ${service.name} is in Production`}>
              Drift is measured against what it was trained on. Train a version and{" "}
              <Link to={`/models/${encodeURIComponent(service.name)}`}>promote it</Link>.
            </Empty>
          )
        }
      </Loaded>
    </Section>
  );
}

function HeatMap({ of, features }: { of: Heat; features: Service["features"] }) {
  const viewOf = new Map(features.map(({ name, view }) => [name, view]));
  const viewport = useRef<HTMLDivElement>(null);
  // The newest dates are the last ones: on a narrow screen they are scrolled to.
  useEffect(() => {
    viewport.current?.scrollTo({ left: viewport.current.scrollWidth });
  }, []);
  return (
    <Stack gap="xs">
      <Text size="sm" role="status">
        {driftInWords(of)}
        {of.pending > 0 && ` ${of.pending} comparisons are still to be made; they come by themselves.`}
      </Text>
      <ScrollArea
        type="auto"
        offsetScrollbars="x"
        viewportRef={viewport}
        viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Drift by feature and date" }}
      >
        <Table className="heat" aria-label="Drift by feature and date" withRowBorders={false} w="auto">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Feature</Table.Th>
              {of.dates.map((date, i) => (
                <Table.Th key={date} scope="col" ta="right">
                  <Link to={`/snapshots/diff?from=${of.rows[0]!.cells[i]!.against}&to=${date}`}>{date}</Link>
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {of.rows.map(({ feature, cells }) => (
              <Table.Tr key={feature}>
                <Table.Th scope="row">
                  <Link to={`/features/${encodeURIComponent(viewOf.get(feature) ?? "")}#${feature}`}>
                    {feature}
                  </Link>
                </Table.Th>
                {cells.map((point, i) => (
                  <HeatCell key={of.dates[i]} of={point} />
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      <Legend />
    </Stack>
  );
}

function HeatCell({ of: point }: { of: Point | undefined }) {
  if (point?.psi === null || point?.psi === undefined) {
    return (
      <Table.Td ta="right" c="dimmed">
        {point?.pending ? "…" : "–"}
      </Table.Td>
    );
  }
  const { psi, drifted, asOf, against, feature } = point;
  const words = `${feature}, ${asOf} against ${against}: PSI ${psi.toPrecision(6)}, ${drifted ? "drifted" : "not drifted"}`;
  return (
    <Tooltip label={words} events={{ hover: true, focus: true, touch: true }}>
      <Table.Td ta="right" className={`heat-${heatClass(psi)}`} tabIndex={0} fw={drifted ? 700 : undefined}>
        {drifted && <span aria-hidden>▲ </span>}
        {psi.toFixed(2)}
      </Table.Td>
    </Tooltip>
  );
}

function Legend() {
  const names = [
    `below ${HEAT_LIMITS[0]}`,
    ...HEAT_LIMITS.slice(1).map((limit, i) => `${HEAT_LIMITS[i]} to ${limit}`),
    `${HEAT_LIMITS.at(-1)} and more`,
  ];
  return (
    <Group gap="xs" aria-label="Colours by PSI" role="group">
      {names.map((name, level) => (
        <Text key={name} size="xs" px={6} className={`heat-${level}`}>
          {name}
        </Text>
      ))}
      <Text size="xs" c="dimmed">
        – nothing is known: made without the feature, or its rows are gone
      </Text>
    </Group>
  );
}
