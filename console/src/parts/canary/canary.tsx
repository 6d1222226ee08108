import { useQuery } from "@apollo/client/react";
import { Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { useSession } from "../../session.js";
import { Status } from "../badges.js";
import { DataTable } from "../data-table.js";
import { formatPercent } from "../format.js";
import { Empty, Loaded } from "../loaded.js";
import { Section } from "../page.js";
import { Time } from "../time.js";
import { CANARY, type CanaryData } from "./canary.query.js";
import { RunningCanary } from "./running.js";
import { StartCanary } from "./start.js";

/** It may end by itself, by whatever worker. */
const EVERY_MS = 5_000;

interface Props {
  model: string;
  /** Which can be tried. */
  challengers: readonly number[];
  /** On the page of one version, that one: those of others are left out. */
  only?: number;
  /** Production may be another. */
  changed: () => unknown;
}

/** A share of the keys for another version than Production's: which has it, how both do, and what became of those before. */
export function Canary({ model, challengers, only, changed }: Props) {
  const { can } = useSession();
  const result = useQuery(CANARY, { variables: { model }, pollInterval: EVERY_MS });
  const update = async () => {
    await result.refetch();
    await changed();
  };
  return (
    <Section
      title="Canary"
      note="A share of the keys is answered by another version, always the same keys. Answers say which version they are of."
    >
      <Loaded result={result} lines={3}>
        {({ model: found }) => {
          const canaries = found?.canaries ?? [];
          const running = canaries.find(({ endedAt }) => !endedAt);
          const production = found?.production?.version;
          const others = challengers.filter((version) => version !== production);
          const before = canaries.filter(
            ({ endedAt, version }) => endedAt && (only === undefined || version === only),
          );
          return (
            <Stack>
              {running && (
                <RunningCanary
                  model={model}
                  canary={running}
                  report={found?.canary?.report ?? null}
                  done={update}
                />
              )}
              {!running && before.length === 0 && (
                <Empty
                  title={only ? "It has not been tried in a canary" : "No version has been tried in a canary"}
                >
                  {whyNone(production, only, others.length)}
                </Empty>
              )}
              {!running && production !== undefined && others.length > 0 && can("OPERATOR", model) && (
                <StartCanary model={model} versions={others} champion={production} done={update} />
              )}
              {before.length > 0 && <Ended of={before} model={model} />}
            </Stack>
          );
        }}
      </Loaded>
    </Section>
  );
}

function whyNone(production: number | undefined, only: number | undefined, others: number) {
  if (production === undefined) return "Nothing is in Production beside which it could be tried.";
  if (only !== undefined && only === production) return "It is in Production: others are tried beside it.";
  return others === 0 ? "There is no other version that can answer." : null;
}

function Ended({ of, model }: { of: readonly CanaryData[]; model: string }) {
  return (
    <DataTable
      label="Canaries before"
      rows={of}
      keyOf={({ id }) => id}
      columns={[
        {
          name: "Version",
          numeric: true,
          cell: ({ version }) => (
            <Link to={`/models/${encodeURIComponent(model)}/${version}`}>{version}</Link>
          ),
        },
        { name: "Beside", numeric: true, cell: ({ champion }) => champion },
        { name: "Share", numeric: true, cell: ({ share }) => formatPercent(share) },
        {
          name: "Started",
          cell: ({ startedAt, startedBy }) => (
            <>
              <Time at={startedAt} /> by {startedBy}
            </>
          ),
        },
        {
          name: "Ended",
          cell: ({ endedAt, endedBy }) =>
            endedAt && (
              <>
                <Time at={endedAt} /> by {endedBy}
              </>
            ),
        },
        {
          name: "Outcome",
          cell: ({ outcome }) => outcome && <Status of={outcome} />,
        },
        {
          name: "Why",
          cell: ({ reason }) => (
            <Text size="sm" miw={220}>
              {reason}
            </Text>
          ),
        },
      ]}
    />
  );
}
