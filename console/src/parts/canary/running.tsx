import { Card, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { useSession } from "../../session.js";
import { Act } from "../act.js";
import { DataTable } from "../data-table.js";
import { Figures } from "../facts.js";
import { formatNumber, formatPercent } from "../format.js";
import { LOOKS, taskOfModel } from "../tasks.js";
import { Time } from "../time.js";
import { type CanaryData, type CanaryReportData, END } from "./canary.query.js";
import { ruleInWords } from "./rule-words.js";

interface Props {
  model: string;
  canary: CanaryData;
  report: CanaryReportData | null;
  done: () => unknown;
}

/** The canary that runs: how both versions do, as far as the log goes, and its end by one click. */
export function RunningCanary({ model, canary, report, done }: Props) {
  const { can } = useSession();
  const { version, champion, share, stopRule, startedAt, startedBy } = canary;
  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div style={{ minWidth: 0, flex: "1 1 280px" }}>
            <Text fw={600}>
              <Link to={`/models/${encodeURIComponent(model)}/${version}`}>Version {version}</Link> answers{" "}
              {formatPercent(share)} of the keys
            </Text>
            <Text size="sm" c="dimmed">
              since <Time at={startedAt} ago />, by {startedBy}; version {champion} answers the others
            </Text>
            <Text size="sm">{ruleInWords(stopRule)}</Text>
          </div>
          {can("OPERATOR", model) && (
            <Group gap="xs">
              <Act
                label="End the canary"
                color="red"
                variant="filled"
                mutation={END}
                variables={() => ({ model, promote: false, reason: "ended in the console" })}
                said={`The canary has ended: version ${champion} answers all keys`}
                done={done}
              />
              <Act
                label="Promote its version"
                mutation={END}
                variables={(reason) => ({ model, promote: true, reason })}
                confirm={`Version ${version} is judged by the gates, and takes the place of version ${champion}.`}
                reason="required"
                said="The canary's version is in Production"
                done={done}
              />
            </Group>
          )}
        </Group>
        {report && <Compared of={report} model={model} />}
      </Stack>
    </Card>
  );
}

function Compared({ of, model }: { of: CanaryReportData; model: string }) {
  const task = taskOfModel(useSession().deployment.services, model);
  const { champion, challenger, compared, agreement, meanShift, fallbacks } = of;
  if (champion.predictions + challenger.predictions + fallbacks === 0)
    return (
      <Text size="sm" c="dimmed">
        Nothing was asked since. Answers appear here within seconds; where none does, PREDICTION_LOG_SAMPLE
        may be 0.
      </Text>
    );
  return (
    <>
      <DataTable
        label="Both versions"
        rows={[
          { name: "Production", ...champion },
          { name: "Canary", ...challenger },
        ]}
        keyOf={({ name }) => name}
        columns={[
          { name: "Who", cell: ({ name }) => name },
          { name: "Version", numeric: true, cell: ({ version }) => version },
          { name: "Answers", numeric: true, cell: ({ predictions }) => formatNumber(predictions) },
          { name: "Keys", numeric: true, cell: ({ keys }) => formatNumber(keys) },
          { name: "Mean answer", numeric: true, cell: ({ meanAnswer }) => formatNumber(meanAnswer) },
          { name: "With a label", numeric: true, cell: ({ live }) => formatNumber(live?.labelled ?? 0) },
          ...LOOKS[task].live.map(({ field, title }) => ({
            name: title,
            numeric: true,
            cell: ({ live }: typeof champion) => formatNumber(live?.[field]),
          })),
        ]}
      />
      <Figures
        cols={{ base: 2, sm: 4 }}
        of={[
          ["Requests that both scored", formatNumber(compared)],
          ...(typeof agreement === "number" ? [["Say the same on", formatPercent(agreement)] as const] : []),
          ["Mean difference", formatNumber(meanShift)],
          ["Answered by Production instead", formatNumber(fallbacks)],
        ]}
      />
    </>
  );
}
