import type { ApolloClient } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { useApolloClient, useQuery } from "@apollo/client/react";
import { Alert, Button, Checkbox, Group, Loader, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import type { PromotionCheckQuery, Stage } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { formatNumber, formatPercent, inWords } from "../../parts/format.js";
import { Failure, messageOf } from "../../parts/loaded.js";
import { useSession } from "../../session.js";
import { Gates, type GateVerdict, gatesOf } from "./gates.js";

const CHECK = graphql(`
  query PromotionCheck($model: String!, $version: Int!, $stage: Stage!) {
    promotionCheck(model: $model, version: $version, stage: $stage) {
      passed
      forcible
      gates {
        name
        passed
        message
      }
      replaces {
        id
        version
      }
      heldOut {
        asOf
        rows
        metric
        difference
        lower
        upper
        confidence
        metrics {
          name
          candidate
          production
        }
      }
    }
  }
`);

const PROMOTE = graphql(`
  mutation Promote($input: PromoteInput!) {
    promote(input: $input) {
      id
      stage
    }
  }
`);

const STAGES: readonly Stage[] = ["PRODUCTION", "STAGING", "ARCHIVED", "NONE"];

interface Candidate {
  model: string;
  version: number;
  stage: Stage;
}

interface Props {
  candidate: Candidate;
  /** Called once the version has moved. */
  done: () => unknown;
}

/** The button that promotes a version, and the dialog behind it. */
export function Promote({ candidate, done }: Props) {
  const [opened, setOpened] = useState(false);
  const { version, stage } = candidate;
  const verb = stage === "PRODUCTION" ? "Move" : "Promote";
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={() => setOpened(true)}
        aria-label={`${verb} version ${version}`}
      >
        {verb}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={`${verb} version ${version}`} size="xl">
        {opened && <Promotion candidate={candidate} done={done} close={() => setOpened(false)} />}
      </Modal>
    </>
  );
}

/** First what the gates say, then a reason, then the button. */
function Promotion({ candidate, done, close }: Props & { close: () => void }) {
  const { model, version } = candidate;
  const client = useApolloClient();
  const { can } = useSession();
  const stages = STAGES.filter((stage) => stage !== candidate.stage);
  const [stage, setStage] = useState(stages[0]!);
  const [reason, setReason] = useState("");
  const [force, setForce] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<{ message: string; gates: GateVerdict[] } | null>(null);
  const { data, error, loading, refetch } = useQuery(CHECK, {
    variables: { model, version, stage },
    fetchPolicy: "network-only",
  });
  const check = loading ? null : data?.promotionCheck;
  const forced = force && check?.passed === false;
  const mayGo = check && (check.passed || forced) && !(forced && reason.trim() === "");

  const promote = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefusal(null);
    const input = { model, version, stage, reason: reason.trim() || null, force: forced };
    try {
      await client.mutate({ mutation: PROMOTE, variables: { input } } as ApolloClient.MutateOptions);
      notifications.show({ message: `Version ${version} is in ${inWords(stage)}`, color: "green" });
      close();
      await done();
    } catch (failure) {
      setRefusal({ message: messageOf(failure), gates: gatesOfError(failure) });
    } finally {
      setBusy(false);
    }
  };
  const judgeAgain = () => {
    setRefusal(null);
    void refetch();
  };

  return (
    <form onSubmit={promote}>
      <Stack>
        <Select
          label="To"
          data={stages.map((value) => ({ value, label: inWords(value) }))}
          value={stage}
          allowDeselect={false}
          onChange={(value) => {
            setStage(STAGES.find((each) => each === value) ?? stage);
            setForce(false);
            setRefusal(null);
          }}
        />
        {loading && (
          <Group gap="xs" role="status">
            <Loader size="xs" />
            <Text size="sm">The gates are asked. Some score held-out rows, which takes a few seconds.</Text>
          </Group>
        )}
        {!loading && error && <Failure error={error} retry={judgeAgain} />}
        {check && !refusal && <Verdict check={check} candidate={candidate} stage={stage} />}
        {refusal && <Refusal {...refusal} again={judgeAgain} />}
        {check && !check.passed && (
          <Override
            forcible={check.forcible}
            allowed={can("ADMIN", model)}
            force={force}
            setForce={setForce}
          />
        )}
        {check && (
          <TextInput
            label="Reason"
            description="Kept on record in the history."
            value={reason}
            required={forced}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
          <Button type="submit" disabled={!mayGo} loading={busy} color={forced ? "red" : undefined}>
            {forced ? "Promote by force" : "Promote"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

type Check = NonNullable<PromotionCheckQuery["promotionCheck"]>;

function Verdict({ check, candidate, stage }: { check: Check; candidate: Candidate; stage: Stage }) {
  const { passed, gates, replaces, heldOut } = check;
  const failed = gates.filter((gate) => !gate.passed).length;
  return (
    <>
      <Alert
        color={passed ? "green" : "red"}
        variant="light"
        role="status"
        title={
          passed
            ? "It would pass"
            : `It would be refused: ${failed} of ${gates.length} gates ${failed === 1 ? "fails" : "fail"}`
        }
      >
        <Text size="sm">
          {passed ? "If it is promoted, " : "If it were promoted by force, "}
          {consequence(candidate, stage, replaces?.version)}
        </Text>
      </Alert>
      <Gates of={gates} />
      {heldOut && replaces && (
        <SideBySide of={heldOut} candidate={candidate.version} production={replaces.version} />
      )}
    </>
  );
}

/** What the promotion does, in words. */
function consequence({ version, stage: from }: Candidate, to: Stage, replaced: number | undefined): string {
  if (to === "PRODUCTION")
    return replaced === undefined
      ? `version ${version} would answer from then on; nothing is in Production now.`
      : `version ${version} would answer in the place of version ${replaced}, which would be archived.`;
  if (from === "PRODUCTION")
    return "nothing would take its place: predictions would fail until a version is promoted.";
  if (replaced !== undefined)
    return `it would take the place of version ${replaced}, which would be archived.`;
  return to === "STAGING" ? "it would be the version that is to be tried." : `it would be in ${inWords(to)}.`;
}

function SideBySide({
  of: { asOf, rows, metric, difference, lower, upper, confidence, metrics },
  candidate,
  production,
}: {
  of: NonNullable<Check["heldOut"]>;
  candidate: number;
  production: number;
}) {
  const signed = (value: number) => `${value < 0 ? "−" : "+"}${formatNumber(Math.abs(value))}`;
  return (
    <div>
      <Text size="sm" c="dimmed" mb={4}>
        Both on the same {formatNumber(rows)} rows of {asOf} that neither was trained on. By {metric} the
        candidate is {difference < 0 ? "worse" : "better"} by {formatNumber(Math.abs(difference))},{" "}
        {formatPercent(confidence, 0)} interval {signed(lower)} to {signed(upper)}.
      </Text>
      <DataTable
        label="Side by side"
        rows={metrics}
        keyOf={({ name }) => name}
        columns={[
          { name: "Metric", cell: ({ name }) => name },
          { name: `Version ${candidate}`, numeric: true, cell: (row) => formatNumber(row.candidate) },
          {
            name: `Production, version ${production}`,
            numeric: true,
            cell: (row) => formatNumber(row.production),
          },
        ]}
      />
    </div>
  );
}

/** What was refused though the check had let it pass: Production or the data changed in between. */
function Refusal({ message, gates, again }: { message: string; gates: GateVerdict[]; again: () => void }) {
  return (
    <Stack gap="xs">
      <Alert color="red" variant="light" role="alert" title="It was refused. Nothing was changed.">
        {gates.length === 0 && (
          <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {message}
          </Text>
        )}
        <Button size="compact-sm" variant="default" mt="xs" onClick={again}>
          Judge again
        </Button>
      </Alert>
      {gates.length > 0 && <Gates of={gates} />}
    </Stack>
  );
}

function Override({
  forcible,
  allowed,
  force,
  setForce,
}: {
  forcible: boolean;
  /** Whether the caller may. */
  allowed: boolean;
  force: boolean;
  setForce: (force: boolean) => void;
}) {
  if (!forcible) return <Text size="sm">A gate that failed cannot be overridden.</Text>;
  if (!allowed) return <Text size="sm">Only an administrator may override failed gates.</Text>;
  return (
    <Checkbox
      label="Override the failed gates"
      description="It needs a reason, and stays marked as forced in the history."
      checked={force}
      onChange={({ currentTarget }) => setForce(currentTarget.checked)}
    />
  );
}

/** The gates that a GATE_FAILED carries. */
function gatesOfError(error: unknown): GateVerdict[] {
  if (!CombinedGraphQLErrors.is(error)) return [];
  return error.errors.flatMap(({ extensions }) => gatesOf(extensions?.gates));
}
