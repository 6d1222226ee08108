import { Anchor, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { Status } from "../../parts/badges.js";
import { type DataColumn, DataTable } from "../../parts/data-table.js";
import { formatNumber, inWords } from "../../parts/format.js";
import { Empty } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useSession } from "../../session.js";
import type { ModelData } from "./model.js";
import { OlderAndNewest } from "./older.js";
import { Promote } from "./promotion.js";
import { versionPath } from "./version-path.js";

/** Of whatever task; a column each where a version has it. */
export const METRICS = ["auc", "f1", "log_loss", "accuracy", "macro_f1", "macro_auc", "rmse", "mae", "r2"];

type Version = ModelData["versions"][number];

interface Props {
  model: ModelData;
  rows: readonly Version[];
  /** Whether there are more. */
  older: boolean;
  firstPage: boolean;
  changed: () => unknown;
}

/** What is in a stage first, then the others, the newest first. */
export function Versions({ model, rows, older, firstPage, changed }: Props) {
  const { can } = useSession();
  const inStage = [model.production, model.staging].flatMap((version) => version ?? []);
  const isInStage = new Set(inStage.map(({ id }) => id));
  const shown = [...(firstPage ? inStage : []), ...rows.filter(({ id }) => !isInStage.has(id))];
  if (shown.length === 0)
    return <Empty title="No version yet">Train one, or register one that was made elsewhere.</Empty>;
  const measured = METRICS.filter((name) => shown.some((version) => metricOf(version, name) !== null));
  const columns: DataColumn<Version>[] = [
    {
      name: "Version",
      numeric: true,
      cell: ({ version }) => (
        <Anchor component={Link} to={versionPath(model.name, version)} size="sm">
          {version}
        </Anchor>
      ),
    },
    { name: "Stage", cell: (version) => <Standing of={version} aliases={model.aliases} /> },
    { name: "Algorithm", cell: ({ algorithm }) => inWords(algorithm) },
    ...measured.map((name) => ({
      name: inLower(name),
      numeric: true,
      cell: (version: Version) => formatNumber(metricOf(version, name)),
    })),
    {
      name: "Trained on",
      cell: ({ snapshot, status }) =>
        snapshot ? `${snapshot.asOf} revision ${snapshot.revision}` : inWords(status),
    },
    { name: "Made", cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      name: "Run",
      cell: ({ run }) => (run ? <Link to={`/runs/${run.id}`}>{run.id.slice(0, 8)}</Link> : "–"),
    },
    ...(can("OPERATOR", model.name)
      ? [
          {
            name: "Promote",
            cell: ({ version, stage }: Version) => (
              <Promote candidate={{ model: model.name, version, stage }} done={changed} />
            ),
          },
        ]
      : []),
  ];
  return (
    <Section
      title="Versions"
      note="What is in a stage first. Metrics are of the rows that training held out."
    >
      <Stack>
        <DataTable label="Versions" rows={shown} keyOf={({ id }) => id} columns={columns} />
        <OlderAndNewest name="before" last={older ? rows.at(-1)!.version : null} what="versions" />
      </Stack>
    </Section>
  );
}

const metricOf = ({ run }: Version, name: string): number | null =>
  run?.latestMetrics.find((metric) => metric.name === name)?.value ?? null;

const inLower = (name: string): string => name.replaceAll("_", " ");

function Standing({
  of: { version, stage, servable, notServable },
  aliases,
}: {
  of: Version;
  aliases: ModelData["aliases"];
}) {
  const names = aliases.filter((alias) => alias.version === version).map(({ alias }) => alias);
  return (
    <Stack gap={2}>
      <Group gap={6} wrap="nowrap">
        <Status of={stage} />
        {names.length > 0 && <Text size="xs">{names.join(", ")}</Text>}
      </Group>
      {!servable && (
        <Text size="xs" maw={320}>
          {notServable}
        </Text>
      )}
    </Stack>
  );
}
