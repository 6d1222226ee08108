import type { ApolloClient } from "@apollo/client";
import { useApolloClient } from "@apollo/client/react";
import { Alert, Anchor, Button, Group, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import type { ModelQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { DataTable } from "../../parts/data-table.js";
import { Empty, messageOf } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { VersionSelect } from "../../parts/version-select.js";
import { useSession } from "../../session.js";
import { versionPath } from "./version-path.js";

const SET = graphql(`
  mutation SetAlias($model: String!, $alias: String!, $version: Int!) {
    setModelAlias(model: $model, alias: $alias, version: $version) {
      id
    }
  }
`);

const REMOVE = graphql(`
  mutation RemoveAlias($model: String!, $alias: String!) {
    removeModelAlias(model: $model, alias: $alias) {
      id
    }
  }
`);

interface Props {
  model: string;
  aliases: NonNullable<ModelQuery["model"]>["aliases"];
  /** Numbers to choose from. */
  versions: readonly number[];
  changed: () => unknown;
}

/** Free names of versions, which predictions may ask by; the alias shadow starts and stops a shadow. */
export function Aliases({ model, aliases, versions, changed }: Props) {
  const { can } = useSession();
  return (
    <Section
      title="Aliases"
      note="A prediction may ask for a version by its alias. The version with the alias shadow is compared with what answers."
    >
      <Stack>
        {aliases.length === 0 ? (
          <Empty title="No version has an alias" />
        ) : (
          <DataTable
            label="Aliases"
            rows={aliases}
            keyOf={({ alias }) => alias}
            columns={[
              { name: "Alias", cell: ({ alias }) => alias },
              {
                name: "Version",
                numeric: true,
                cell: ({ version }) => (
                  <Anchor component={Link} to={versionPath(model, version)} size="sm">
                    {version}
                  </Anchor>
                ),
              },
              { name: "Set", cell: ({ setAt }) => <Time at={setAt} /> },
              { name: "By", cell: ({ actor }) => actor },
              ...(can("OPERATOR", model)
                ? [
                    {
                      name: "Remove",
                      cell: ({ alias, version }: Props["aliases"][number]) => (
                        <Act
                          label="Remove"
                          aria-label={`Remove the alias ${alias}`}
                          mutation={REMOVE}
                          variables={() => ({ model, alias })}
                          confirm={
                            alias === "shadow"
                              ? `Version ${version} is no longer compared with what answers. What was compared stays.`
                              : `Predictions that ask for the alias ${alias} are refused from then on.`
                          }
                          done={changed}
                        />
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
        {can("OPERATOR", model) && versions.length > 0 && (
          <SetAlias model={model} versions={versions} changed={changed} />
        )}
      </Stack>
    </Section>
  );
}

function SetAlias({ model, versions, changed }: Omit<Props, "aliases">) {
  const client = useApolloClient();
  const [alias, setAlias] = useState("shadow");
  const [version, setVersion] = useState(String(versions[0]));
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const set = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    const variables = { model, alias: alias.trim(), version: Number(version) };
    try {
      await client.mutate({ mutation: SET, variables } as ApolloClient.MutateOptions);
      notifications.show({ message: `${variables.alias} is version ${version}`, color: "green" });
      await changed();
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={set}>
      <Group align="flex-end" gap="sm">
        <TextInput
          label="Alias"
          value={alias}
          required
          w={200}
          onChange={({ currentTarget }) => setAlias(currentTarget.value)}
        />
        <VersionSelect versions={versions} value={version} change={setVersion} />
        <Button type="submit" variant="default" loading={busy}>
          Set the alias
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
