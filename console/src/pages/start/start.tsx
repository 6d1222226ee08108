import { useQuery } from "@apollo/client/react";
import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { MutationsQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { inWords } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { useSession } from "../../session.js";

const MUTATIONS = graphql(`
  query Mutations {
    mutationDefinitions {
      name
      description
      role
      kind
      answers
    }
  }
`);

type Mutation = MutationsQuery["mutationDefinitions"][number];

/** By the type that is answered; what is not listed is among the others. */
const GROUPS: Readonly<Record<string, string>> = {
  Run: "Runs",
  DeletedRun: "Runs",
  Artifact: "Runs",
  ModelVersion: "Models",
  RegisteredModel: "Models",
  Schedule: "Schedules",
  ApiToken: "Access",
  NewApiToken: "Access",
};
const STARTED = "Start a run";
const OTHERS = "Data and the rest";

/** Everything that can be done here, each with its form: what the server has, so nothing is missing. */
export default function Operations() {
  const { can } = useSession();
  const result = useQuery(MUTATIONS, { skip: !can("OPERATOR") });
  return (
    <Page title="Operations" query={MUTATIONS}>
      {can("OPERATOR") ? (
        <Loaded result={result}>
          {({ mutationDefinitions }) => (
            <Stack gap="xl">
              {[...grouped(mutationDefinitions.filter(({ role }) => can(role)))].map(([title, mutations]) => (
                <Section key={title} title={title}>
                  <DataTable
                    label={title}
                    rows={mutations}
                    keyOf={({ name }) => name}
                    columns={[
                      {
                        name: "Operation",
                        cell: ({ name, kind }) => (
                          <Anchor component={Link} to={`/start/${name}`} style={{ whiteSpace: "nowrap" }}>
                            {kind ? inWords(kind) : name}
                          </Anchor>
                        ),
                      },
                      {
                        name: "What it does",
                        cell: ({ description }) => <Text size="sm">{firstSentence(description)}</Text>,
                      },
                      { name: "Needs", cell: ({ role }) => inWords(role) },
                    ]}
                  />
                </Section>
              ))}
            </Stack>
          )}
        </Loaded>
      ) : (
        <Empty title="Operations need the role operator">
          <Link to="/access">Who may do what</Link>
        </Empty>
      )}
    </Page>
  );
}

function grouped(mutations: readonly Mutation[]): Map<string, Mutation[]> {
  const groups = new Map<string, Mutation[]>(
    [STARTED, ...new Set(Object.values(GROUPS)), OTHERS].map((title) => [title, []]),
  );
  for (const mutation of mutations) {
    groups.get(mutation.kind ? STARTED : (GROUPS[mutation.answers] ?? OTHERS))!.push(mutation);
  }
  return new Map([...groups].filter(([, of]) => of.length > 0));
}

const firstSentence = (text: string | null | undefined): string =>
  /^.*?\.(?=\s|$)/s.exec(text ?? "")?.[0] ?? text ?? "";
