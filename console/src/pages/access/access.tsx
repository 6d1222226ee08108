import { useApolloClient, useQuery } from "@apollo/client/react";
import { Alert, Button, Code, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Role } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { DataTable } from "../../parts/data-table.js";
import { Facts } from "../../parts/facts.js";
import { inWords } from "../../parts/format.js";
import { Loaded, messageOf } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useSession } from "../../session.js";

const TOKENS = graphql(`
  query Tokens {
    tokens(first: 200) {
      name
      person
      role
      modelRoles {
        model
        role
      }
      protocolRoles {
        protocol
        role
      }
      seesPersonal
      createdAt
      createdBy
      lastUsedAt
      expiresAt
      revokedAt
    }
  }
`);

const CREATE = graphql(`
  mutation CreateToken($name: String!, $role: Role!) {
    createToken(name: $name, role: $role) {
      secret
    }
  }
`);

const REVOKE = graphql(`
  mutation RevokeToken($name: String!) {
    revokeToken(name: $name) {
      name
      revokedAt
    }
  }
`);

const ROLES: readonly (readonly [role: Role, may: string])[] = [
  ["VIEWER", "reads everything and predicts"],
  ["OPERATOR", "also starts runs, promotes and rolls back, and manages schedules"],
  ["ADMIN", "also deletes, passes over gates, and makes tokens"],
];

/** Who is signed in, what each role may do, and, for administrators, the tokens. */
export default function Access() {
  const { viewer, can } = useSession();
  return (
    <Page title="Access" query={can("ADMIN") ? TOKENS : undefined}>
      <Section title="You">
        <Facts
          of={[
            ["Name", viewer.actor],
            ["Role", inWords(viewer.role)],
            ...viewer.modelRoles.map(
              ({ model, role }) => [`Role for ${model}`, inWords(role)] as [string, string],
            ),
            ...viewer.protocolRoles.map(
              ({ protocol, role }) => [`Role by ${inWords(protocol)}`, inWords(role)] as [string, string],
            ),
            [
              "Open",
              viewer.open
                ? "Whoever reaches this port may do everything, until the first token is made."
                : null,
            ],
          ]}
        />
      </Section>
      <Section title="Roles">
        <Facts of={ROLES.map(([role, may]) => [inWords(role), may] as const)} />
      </Section>
      {can("ADMIN") && <Tokens />}
    </Page>
  );
}

function Tokens() {
  const result = useQuery(TOKENS);
  const changed = () => result.refetch();
  return (
    <Section
      title="Tokens and sessions"
      note="Only their hashes are kept."
      actions={<NewToken changed={changed} />}
    >
      <Loaded result={result}>
        {({ tokens }) => (
          <DataTable
            label="Tokens"
            rows={tokens ?? []}
            keyOf={({ name, createdAt }) => `${name} ${createdAt}`}
            columns={[
              { name: "Name", cell: ({ name, person }) => (person ? `${person}, signed in` : name) },
              {
                name: "Role",
                cell: ({ role, modelRoles, protocolRoles, seesPersonal }) =>
                  [
                    inWords(role),
                    ...modelRoles.map((given) => `${inWords(given.role).toLowerCase()} of ${given.model}`),
                    ...protocolRoles.map(
                      (given) => `${inWords(given.role).toLowerCase()} by ${inWords(given.protocol)}`,
                    ),
                    ...(seesPersonal ? ["sees personal columns"] : []),
                  ].join(", "),
              },
              { name: "Created", cell: ({ createdAt }) => <Time at={createdAt} /> },
              { name: "By", cell: ({ createdBy }) => createdBy ?? "the command line" },
              { name: "Last used", cell: ({ lastUsedAt }) => <Time at={lastUsedAt} ago /> },
              { name: "Ends", cell: ({ expiresAt }) => <Time at={expiresAt} /> },
              {
                name: "Revoke",
                cell: ({ name, person, revokedAt }) =>
                  revokedAt ? (
                    <>
                      revoked <Time at={revokedAt} ago />
                    </>
                  ) : (
                    <Act
                      label="Revoke"
                      color="red"
                      mutation={REVOKE}
                      variables={() => ({ name })}
                      confirm={`${person ? `This session of ${person}` : name} can do nothing from now on. Open pages and subscriptions of it end.`}
                      done={changed}
                    />
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function NewToken({ changed }: { changed: () => unknown }) {
  const client = useApolloClient();
  const { viewer } = useSession();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("VIEWER");
  const [secret, setSecret] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const create = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    try {
      const { data } = await client.mutate({ mutation: CREATE, variables: { name: name.trim(), role } });
      setSecret(data?.createToken.secret ?? null);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  const close = () => {
    setOpened(false);
    setSecret(null);
    setName("");
    void changed();
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpened(true)}>
        New token
      </Button>
      <Modal opened={opened} onClose={close} title="New token" centered>
        {secret ? (
          <Stack>
            <Text size="sm">Copy it now. It is not shown again.</Text>
            <Code block>{secret}</Code>
            <Button onClick={close}>Done</Button>
          </Stack>
        ) : (
          <form onSubmit={create}>
            <Stack>
              {viewer.open && (
                <Alert color="orange">
                  The first token closes this server: from then on everybody needs one, you too.
                </Alert>
              )}
              <TextInput
                label="Name"
                description="Kept as the actor of what it is used for."
                required
                value={name}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
              />
              <Select
                label="Role"
                data={ROLES.map(([value]) => ({ value, label: inWords(value) }))}
                value={role}
                allowDeselect={false}
                onChange={(value) => setRole((value ?? "VIEWER") as Role)}
              />
              {problem && (
                <Alert color="red" role="alert">
                  {problem}
                </Alert>
              )}
              <Group justify="flex-end">
                <Button variant="default" onClick={close}>
                  Leave it
                </Button>
                <Button type="submit">Create</Button>
              </Group>
            </Stack>
          </form>
        )}
      </Modal>
    </>
  );
}
