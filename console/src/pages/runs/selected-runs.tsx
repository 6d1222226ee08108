import { useApolloClient } from "@apollo/client/react";
import { Alert, Button, Group, List, Modal, Paper, Progress, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "react-router";
import { graphql } from "../../graphql/index.js";
import { messageOf } from "../../parts/loaded.js";
import { useSession } from "../../session.js";
import { compareAddress, MOST_COMPARED } from "../compare/ids.js";
import { select, useSelected } from "./selected.js";

const DELETE_RUN = graphql(`
  mutation DeleteRun($id: ID!) {
    deleteRun(id: $id) {
      id
      bytesFreed
    }
  }
`);

/** What can be done with the runs that are selected, on this page and on others. */
export function SelectedRuns({ shown, changed }: { shown: readonly string[]; changed: () => unknown }) {
  const selected = useSelected();
  const { can } = useSession();
  if (selected.size === 0) return null;
  const elsewhere = [...selected].filter((id) => !shown.includes(id)).length;
  const comparable = selected.size >= 2 && selected.size <= MOST_COMPARED;
  return (
    <Paper
      withBorder
      p="xs"
      pos="sticky"
      bottom={8}
      shadow="md"
      style={{ zIndex: 10 }}
      aria-label="Selected runs"
      component="section"
    >
      <Group justify="space-between">
        <Text size="sm" role="status">
          {selected.size} selected{elsewhere > 0 && `, ${elsewhere} of them not on this page`}
          {selected.size > MOST_COMPARED && `. At most ${MOST_COMPARED} are compared at once`}
        </Text>
        <Group gap="xs">
          {comparable ? (
            <Button size="xs" component={Link} to={compareAddress([...selected])}>
              Compare
            </Button>
          ) : (
            <Button size="xs" disabled>
              Compare
            </Button>
          )}
          {can("ADMIN") && <DeleteRuns ids={[...selected]} changed={changed} />}
          <Button size="xs" variant="default" onClick={() => select(new Set())}>
            Clear
          </Button>
        </Group>
      </Group>
    </Paper>
  );
}

/** Deletes one after the other; a run that something was made from is kept, and it is said why. */
function DeleteRuns({ ids, changed }: { ids: readonly string[]; changed: () => unknown }) {
  const client = useApolloClient();
  const [opened, { open, close }] = useDisclosure(false);
  const [done, setDone] = useState<number | null>(null);
  const [kept, setKept] = useState<{ id: string; why: string }[]>([]);
  const label = ids.length === 1 ? "Delete 1 run" : `Delete ${ids.length} runs`;

  const deleteAll = async () => {
    const refused: typeof kept = [];
    for (const [index, id] of ids.entries()) {
      setDone(index);
      try {
        await client.mutate({ mutation: DELETE_RUN, variables: { id } });
        client.cache.evict({ id: client.cache.identify({ __typename: "Run", id }) });
      } catch (error) {
        refused.push({ id, why: messageOf(error) });
      }
    }
    setDone(null);
    setKept(refused);
    select(new Set(refused.map(({ id }) => id)));
    if (refused.length === 0) close();
    await changed();
  };

  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={() => {
          setKept([]);
          open();
        }}
      >
        Delete
      </Button>
      <Modal opened={opened} onClose={close} title="Delete runs" centered closeOnClickOutside={done === null}>
        <Stack>
          {kept.length === 0 ? (
            <Text size="sm">
              {ids.length === 1 ? "The run goes" : `${ids.length} runs go`} for good, with events, metrics and
              artifacts. A run that a model version, a snapshot or another run was made from is kept.
            </Text>
          ) : (
            <Alert color="orange" variant="light" title={`${kept.length} were not deleted`} role="alert">
              <List size="sm">
                {kept.slice(0, 10).map(({ id, why }) => (
                  <List.Item key={id}>{why}</List.Item>
                ))}
              </List>
            </Alert>
          )}
          {done !== null && (
            <Progress value={(100 * done) / ids.length} aria-label={`${done} of ${ids.length} deleted`} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {kept.length > 0 ? "Close" : "Leave them"}
            </Button>
            {kept.length === 0 && (
              <Button color="red" loading={done !== null} onClick={() => void deleteAll()}>
                {label}
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
