import type { ApolloClient, OperationVariables, TypedDocumentNode } from "@apollo/client";
import { useApolloClient } from "@apollo/client/react";
import { Alert, Button, type ButtonProps, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { type ReactNode, useState } from "react";
import { messageOf } from "./loaded.js";

interface Props<Data, Variables extends OperationVariables> extends Omit<ButtonProps, "children"> {
  label: string;
  mutation: TypedDocumentNode<Data, Variables>;
  /** What is sent; the reason where one is asked for. */
  variables: (reason: string) => Variables;
  /** Asks once more: what will happen, in words. Absent: a click is enough. */
  confirm?: ReactNode;
  /** Whether the API keeps a reason, and whether it insists on one. */
  reason?: "asked" | "required";
  done?: (data: Data) => unknown;
  /** What is said when it is done. */
  said?: string;
  disabled?: boolean;
}

/** A button that does something to the server: it asks where that cannot be taken back, waits, and says how it went. */
export function Act<Data, Variables extends OperationVariables>({
  label,
  mutation,
  variables,
  confirm,
  reason,
  done,
  said,
  ...button
}: Props<Data, Variables>) {
  const [opened, { open, close }] = useDisclosure(false);
  const [why, setWhy] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const client = useApolloClient();
  const [loading, setLoading] = useState(false);
  const asks = confirm !== undefined || reason !== undefined;

  const act = async () => {
    setProblem(null);
    setLoading(true);
    try {
      const { data } = await client.mutate<Data, Variables>({
        mutation,
        variables: variables(why.trim()),
      } as ApolloClient.MutateOptions<Data, Variables>);
      close();
      setWhy("");
      if (said) notifications.show({ message: said, color: "green" });
      await done?.(data as Data);
    } catch (error) {
      if (asks) setProblem(messageOf(error));
      else notifications.show({ title: label, message: messageOf(error), color: "red", autoClose: 15_000 });
    } finally {
      setLoading(false);
    }
  };

  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={loading && !opened}
        {...button}
        onClick={asks ? open : act}
      >
        {label}
      </Button>
      {asks && (
        <Modal opened={opened} onClose={close} title={label} centered>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void act();
            }}
          >
            <Stack>
              <Text size="sm" component="div">
                {confirm}
              </Text>
              {reason && (
                <TextInput
                  label="Reason"
                  description="Kept on record."
                  value={why}
                  required={reason === "required"}
                  onChange={({ currentTarget }) => setWhy(currentTarget.value)}
                  data-autofocus
                />
              )}
              {problem && (
                <Alert color="red" role="alert" style={{ whiteSpace: "pre-wrap" }}>
                  {problem}
                </Alert>
              )}
              <Group justify="flex-end">
                <Button variant="default" onClick={close}>
                  Leave it
                </Button>
                <Button type="submit" color={button.color} loading={loading}>
                  {label}
                </Button>
              </Group>
            </Stack>
          </form>
        </Modal>
      )}
    </>
  );
}
