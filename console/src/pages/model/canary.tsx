import type { ApolloClient } from "@apollo/client";
import { useApolloClient } from "@apollo/client/react";
import { Alert, Button, Group, NumberInput, Select, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { DataTable } from "../../parts/data-table.js";
import { formatPercent, inWords } from "../../parts/format.js";
import { Empty, messageOf } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useSession } from "../../session.js";
import type { ModelData } from "./model.js";

const START = graphql(`
  mutation StartCanary($model: String!, $version: Int!, $share: Float!) {
    startCanary(input: { model: $model, version: $version, share: $share }) {
      id
    }
  }
`);

const END = graphql(`
  mutation EndCanary($model: String!, $promote: Boolean!, $reason: String!) {
    endCanary(model: $model, promote: $promote, reason: $reason) {
      id
      outcome
    }
  }
`);

interface Props {
  model: ModelData;
  changed: () => unknown;
}

/** A share of the keys for another version than Production's: who has it, and what became of those before. */
export function Canary({ model, changed }: Props) {
  const { can } = useSession();
  const running = model.canaries.find(({ endedAt }) => !endedAt);
  const { production } = model;
  const others = model.versions.filter(({ id, status }) => id !== production?.id && status === "READY");
  return (
    <Section
      title="Canary"
      note="A share of the keys is answered by another version, always the same keys. Answers say which version they are of."
    >
      <Stack>
        {running && can("OPERATOR") && (
          <Group>
            <Text size="sm">
              Version {running.version} answers {formatPercent(running.share)} of the keys.
            </Text>
            <Act
              label="End the canary"
              mutation={END}
              variables={(reason) => ({ model: model.name, promote: false, reason })}
              confirm={`Version ${running.champion} answers all keys again.`}
              reason="required"
              said="The canary has ended"
              done={changed}
            />
            <Act
              label="Promote its version"
              variant="default"
              mutation={END}
              variables={(reason) => ({ model: model.name, promote: true, reason })}
              confirm={`Version ${running.version} is judged by the gates, and takes the place of version ${running.champion}.`}
              reason="required"
              said="The canary's version is in Production"
              done={changed}
            />
          </Group>
        )}
        {model.canaries.length === 0 ? (
          <Empty title="No version has been tried in a canary" />
        ) : (
          <DataTable
            label="Canaries"
            rows={model.canaries}
            keyOf={({ id }) => id}
            columns={[
              { name: "Version", numeric: true, cell: ({ version }) => version },
              { name: "Beside", numeric: true, cell: ({ champion }) => champion },
              { name: "Share", numeric: true, cell: ({ share }) => formatPercent(share) },
              { name: "Started", cell: ({ startedAt }) => <Time at={startedAt} /> },
              { name: "By", cell: ({ startedBy }) => startedBy },
              { name: "Ended", cell: ({ endedAt }) => (endedAt ? <Time at={endedAt} /> : "runs") },
              { name: "Outcome", cell: ({ outcome }) => (outcome ? inWords(outcome) : "") },
              { name: "Why", cell: ({ reason }) => reason ?? "" },
            ]}
          />
        )}
        {!running && production && others.length > 0 && can("OPERATOR") && (
          <Start model={model.name} versions={others.map(({ version }) => version)} changed={changed} />
        )}
      </Stack>
    </Section>
  );
}

function Start({
  model,
  versions,
  changed,
}: {
  model: string;
  versions: readonly number[];
  changed: Props["changed"];
}) {
  const client = useApolloClient();
  const [version, setVersion] = useState(String(versions[0]));
  const [percent, setPercent] = useState<string | number>(5);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const start = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    const variables = { model, version: Number(version), share: Number(percent) / 100 };
    try {
      await client.mutate({ mutation: START, variables } as ApolloClient.MutateOptions);
      await changed();
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={start}>
      <Group align="flex-end" gap="sm">
        <Select
          label="Challenger"
          data={versions.map(String)}
          value={version}
          allowDeselect={false}
          searchable
          w={120}
          onChange={(value) => setVersion(value ?? version)}
        />
        <NumberInput
          label="Per cent of the keys"
          value={percent}
          min={0.1}
          max={99.9}
          required
          w={160}
          onChange={setPercent}
        />
        <Button type="submit" variant="default" loading={busy}>
          Start a canary
        </Button>
      </Group>
      {problem && (
        <Alert color="red" role="alert" mt="sm">
          {problem}
        </Alert>
      )}
    </form>
  );
}
