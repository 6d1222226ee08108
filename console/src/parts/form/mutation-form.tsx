import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { useApolloClient } from "@apollo/client/react";
import { Alert, Button, Fieldset, Group, Modal, Stack, Text } from "@mantine/core";
import { parse } from "graphql";
import { type FormEvent, useState } from "react";
import { messageOf } from "../loaded.js";
import { Control } from "./control.js";
import type { FormDefinition, FormField } from "./definition.js";
import { errorsByField, type FormValues, initialValues, type Problems, variablesOf } from "./values.js";

interface Props {
  form: FormDefinition;
  /** What the fields begin with, by name. */
  given: URLSearchParams;
  /** What a field may well be, by its name: it can be chosen, and anything else can be typed. */
  suggestions?: Readonly<Record<string, readonly string[]>>;
  /** On the button. */
  label: string;
  /** Asks once more: what will happen. */
  confirm?: string | undefined;
  done: (answer: unknown) => unknown;
}

/** A form for any mutation, made of what it takes. */
export function MutationForm({ form, given, suggestions = {}, label, confirm, done }: Props) {
  const [values, setValues] = useState<FormValues>(() => initialValues(form.fields, given));
  const [problems, setProblems] = useState<Problems>({});
  const [others, setOthers] = useState<string[]>([]);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const client = useApolloClient();

  const show = (found: Problems, rest: string[]) => {
    setProblems(found);
    setOthers(rest);
    const [first] = Object.keys(found);
    if (first) document.getElementById(idOf(first))?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { problems: found } = variablesOf(form.fields, values);
    show(found, []);
    if (Object.keys(found).length > 0) return;
    if (confirm) setAsking(true);
    else void send();
  };
  const send = async () => {
    setAsking(false);
    setBusy(true);
    try {
      const { variables } = variablesOf(form.fields, values);
      const { data } = await client.mutate<Record<string, unknown>>({
        mutation: parse(form.document),
        variables,
      });
      await done(data?.[form.name]);
    } catch (error) {
      const errors = CombinedGraphQLErrors.is(error) ? error.errors : [{ message: messageOf(error) }];
      const { problems: found, others: rest } = errorsByField(errors, form.fields);
      show(found, rest);
    } finally {
      setBusy(false);
    }
  };
  const fields = (of: readonly FormField[]) =>
    of.map((field) =>
      field.control.kind === "group" ? (
        field.name === "input" && form.fields.length === 1 ? (
          <Stack key={field.path}>{fields(field.control.fields)}</Stack>
        ) : (
          <Fieldset key={field.path} legend={field.name}>
            <Stack>{fields(field.control.fields)}</Stack>
          </Fieldset>
        )
      ) : (
        <Control
          key={field.path}
          id={idOf(field.path)}
          field={field}
          value={values[field.path] ?? ""}
          problem={problems[field.path]}
          suggestions={suggestions[field.name] ?? []}
          change={(value) => setValues((now) => ({ ...now, [field.path]: value }))}
        />
      ),
    );

  return (
    <form onSubmit={submit} noValidate aria-label={form.name}>
      <Stack maw={640}>
        {fields(form.fields)}
        {others.length > 0 && (
          <Alert color="red" role="alert" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {others.join("\n")}
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={busy}>
            {label}
          </Button>
        </Group>
      </Stack>
      {confirm && (
        <Modal opened={asking} onClose={() => setAsking(false)} title={label} centered>
          <Stack>
            <Text size="sm">{confirm}</Text>
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setAsking(false)}>
                Leave it
              </Button>
              <Button onClick={() => void send()} data-autofocus>
                {label}
              </Button>
            </Group>
          </Stack>
        </Modal>
      )}
    </form>
  );
}

const idOf = (path: string): string => `field-${path}`;
