import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { Alert, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** What a query hook answers, as far as a page needs it. */
interface Result<Data> {
  data?: Data | undefined;
  error?: Error | undefined;
  loading: boolean;
  refetch?: () => unknown;
}

/** The data once it is there; before, its place is held; where it failed, what failed and a way to try again. */
export function Loaded<Data>({
  result: { data, error, refetch },
  lines = 6,
  children,
}: {
  result: Result<Data>;
  lines?: number;
  children: (data: Data) => ReactNode;
}) {
  return (
    <>
      {error && <Failure error={error} retry={refetch} />}
      {data ? children(data) : !error && <Waiting lines={lines} />}
    </>
  );
}

export function Waiting({ lines }: { lines: number }) {
  return (
    <Stack gap="xs" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing else to be told apart by
        <Skeleton key={line} height={18} width={`${95 - ((line * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}

export function Failure({ error, retry }: { error: Error; retry?: (() => unknown) | undefined }) {
  return (
    <Alert color="red" variant="light" title="This could not be loaded" role="alert" mb="md">
      <Group justify="space-between">
        <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {messageOf(error)}
        </Text>
        {retry && (
          <Button size="xs" variant="default" onClick={() => void retry()}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}

/** What the server said, in its words; of a lost connection, that it is lost. */
export function messageOf(error: unknown): string {
  if (CombinedGraphQLErrors.is(error)) return error.errors.map(({ message }) => message).join("\n");
  if (error instanceof TypeError)
    return "The server cannot be reached. The page goes on once it answers again.";
  return error instanceof Error ? error.message : String(error);
}

/** Nothing is there yet, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack
      align="flex-start"
      gap={4}
      p="md"
      style={{ border: "1px dashed var(--mantine-color-default-border)" }}
    >
      <Text fw={600}>{title}</Text>
      {children && (
        <Text size="sm" c="dimmed" component="div">
          {children}
        </Text>
      )}
    </Stack>
  );
}
