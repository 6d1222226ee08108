import { useQuery } from "@apollo/client/react";
import { Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMemo, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import type { FormSuggestionsQuery, MutationFormQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { formOf } from "../../parts/form/definition.js";
import { MutationForm } from "../../parts/form/mutation-form.js";
import { inWords } from "../../parts/format.js";
import { JsonView } from "../../parts/json-view.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { useSession } from "../../session.js";

const FORM = graphql(`
  query MutationForm($name: String!) {
    mutationDefinitions(name: $name) {
      name
      description
      role
      kind
      definition
    }
  }
`);

const SUGGESTIONS = graphql(`
  query FormSuggestions {
    deliveries(first: 200) {
      nodes {
        name
      }
    }
    snapshots(first: 100) {
      nodes {
        id
        asOf
      }
    }
    models(first: 100) {
      id
      name
    }
    featureViews {
      id
      name
    }
  }
`);

const TRAIL = [["Operations", "/start"]] as const;

/** The form of one mutation, filled in by the address: `/start/train?asOf=2024-01-31`. */
export default function MutationPage() {
  const name = useParams().name!;
  const { can } = useSession();
  const result = useQuery(FORM, { variables: { name }, skip: !can("OPERATOR"), fetchPolicy: "cache-first" });
  const suggested = useQuery(SUGGESTIONS, { skip: !can("OPERATOR") });
  const found = result.data?.mutationDefinitions[0];
  return (
    <Page title={found?.kind ? inWords(found.kind) : name} trail={TRAIL}>
      <Loaded result={can("OPERATOR") ? result : NOTHING}>
        {({ mutationDefinitions: [mutation] }) =>
          mutation && can(mutation.role) ? (
            <Form key={mutation.name} of={mutation} suggestions={suggestionsOf(suggested.data)} />
          ) : (
            <Empty
              title={
                mutation ? `This needs the role ${inWords(mutation.role)}` : "There is no such operation"
              }
            >
              <Link to={mutation ? "/access" : "/start"}>
                {mutation ? "Who may do what" : "All operations"}
              </Link>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

/** Nobody asked: viewers may not. */
const NOTHING = { data: { mutationDefinitions: [] } as MutationFormQuery, loading: false };

function Form({
  of: { name, description, kind, definition },
  suggestions,
}: {
  of: MutationFormQuery["mutationDefinitions"][number];
  suggestions: Record<string, string[]>;
}) {
  const [address] = useSearchParams();
  const form = useMemo(() => formOf(definition), [definition]);
  const [answer, setAnswer] = useState<{ value: unknown } | null>(null);
  const navigate = useNavigate();
  const done = (value: unknown) => {
    if (form.answers === "Run") return navigate(`/runs/${(value as { id: string }).id}`);
    notifications.show({ message: `${name}: done`, color: "green" });
    setAnswer({ value });
  };
  return (
    <Stack gap="lg">
      <Text style={{ whiteSpace: "pre-line" }} maw={760}>
        {description}
      </Text>
      <MutationForm
        form={form}
        given={address}
        suggestions={suggestions}
        label={kind ? "Start" : "Do it"}
        confirm={kind && !ENDS_SOMETHING.test(name) ? undefined : (description ?? name)}
        done={done}
      />
      {answer && (
        <Section title="What it answered">
          <JsonView value={answer.value} label="What it answered" />
        </Section>
      )}
    </Stack>
  );
}

/** Runs that take something away ask once more, too. */
const ENDS_SOMETHING = /^(withdraw|erase|delete|drop|remove)/;

/** By the name of a field, what there is of it. */
function suggestionsOf(data: FormSuggestionsQuery | undefined): Record<string, string[]> {
  if (!data) return {};
  const dates = [...new Set(data.snapshots.nodes.map(({ asOf }) => asOf))];
  return {
    source: (data.deliveries?.nodes ?? []).map(({ name }) => name),
    model: data.models.map(({ name }) => name),
    view: data.featureViews.map(({ name }) => name),
    asOf: dates,
    asOfFrom: dates,
    asOfTo: dates,
    labelAsOf: dates,
  };
}
