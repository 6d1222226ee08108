import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useNavigate } from "react-router";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { useSession } from "../../session.js";
import type { RunData } from "./run.js";

const CANCEL = graphql(`
  mutation CancelRun($id: ID!) {
    cancelRun(id: $id) {
      id
      status
    }
  }
`);

const RETRY = graphql(`
  mutation RetryRun($id: ID!) {
    retryRun(id: $id) {
      id
      status
      attempt
    }
  }
`);

const REPRODUCE = graphql(`
  mutation ReproduceRun($runId: ID!) {
    reproduce(runId: $runId) {
      id
    }
  }
`);

const REMOVE = graphql(`
  mutation DeleteThisRun($id: ID!) {
    deleteRun(id: $id) {
      id
      bytesFreed
    }
  }
`);

const ANNOTATE = graphql(`
  mutation AnnotateRun($input: UpdateRunInput!) {
    updateRun(input: $input) {
      id
      name
      note
      tags
    }
  }
`);

/** What may be done with the run as it is now. */
export function Actions({ run, changed }: { run: RunData; changed: () => unknown }) {
  const { can } = useSession();
  const navigate = useNavigate();
  if (!can("OPERATOR")) return null;
  const isUnderWay = run.status === "QUEUED" || run.status === "RUNNING";
  return (
    <>
      {isUnderWay && (
        <Act
          label="Cancel"
          color="red"
          mutation={CANCEL}
          variables={() => ({ id: run.id })}
          confirm="The run is stopped. Nothing of it is published."
          said="Cancelled"
          done={changed}
        />
      )}
      {(run.status === "FAILED" || run.status === "CANCELLED") && run.kind !== "EXTERNAL" && (
        <Act
          label="Retry"
          mutation={RETRY}
          variables={() => ({ id: run.id })}
          said="Queued again"
          done={changed}
        />
      )}
      {run.status === "SUCCEEDED" && run.modelVersion && run.kind !== "EXTERNAL" && (
        <Act
          label="Reproduce"
          mutation={REPRODUCE}
          variables={() => ({ runId: run.id })}
          done={({ reproduce }) => navigate(`/runs/${reproduce.id}`)}
        />
      )}
      <Annotate key={`${run.name} ${run.note}`} run={run} />
      {!isUnderWay && can("ADMIN") && (
        <Act
          label="Delete"
          color="red"
          mutation={REMOVE}
          variables={() => ({ id: run.id })}
          confirm="The run goes for good, with its events, metrics and artifacts. One that a model version, a snapshot or another run was made from is kept."
          said="Deleted"
          done={() => navigate("/runs")}
        />
      )}
    </>
  );
}

/** Name, note and tags: a tag a line, `team=red`. */
function Annotate({ run }: { run: RunData }) {
  const [opened, { open, close }] = useDisclosure(false);
  const before = run.tags as Record<string, string>;
  const [name, setName] = useState(run.name ?? "");
  const [note, setNote] = useState(run.note ?? "");
  const [tags, setTags] = useState(
    Object.entries(before)
      .map(([tag, text]) => `${tag}=${text}`)
      .join("\n"),
  );
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>
        Edit
      </Button>
      <Modal opened={opened} onClose={close} title="Name, note and tags" centered>
        <Stack>
          <TextInput
            label="Name"
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            data-autofocus
          />
          <Textarea
            label="Note"
            autosize
            minRows={3}
            maxRows={10}
            value={note}
            onChange={({ currentTarget }) => setNote(currentTarget.value)}
          />
          <Textarea
            label="Tags"
            description="One a line: team=red"
            autosize
            minRows={2}
            maxRows={10}
            value={tags}
            onChange={({ currentTarget }) => setTags(currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" size="xs" onClick={close}>
              Leave it
            </Button>
            <Act
              label="Save"
              variant="filled"
              mutation={ANNOTATE}
              variables={() => ({
                input: {
                  id: run.id,
                  name: name.trim() || null,
                  note: note || null,
                  tags: tagChange(before, tags),
                },
              })}
              said="Saved"
              done={close}
            />
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

/** The tags as they are to be; null for those that go. */
export function tagChange(before: Record<string, string>, lines: string): Record<string, string | null> {
  const gone = Object.fromEntries(Object.keys(before).map((name) => [name, null]));
  const given = lines.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    const name = (at < 0 ? line : line.slice(0, at)).trim();
    return name ? [[name, at < 0 ? "" : line.slice(at + 1).trim()] as const] : [];
  });
  return { ...gone, ...Object.fromEntries(given) };
}
