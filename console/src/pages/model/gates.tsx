import { Group, List, Text } from "@mantine/core";
import { Status } from "../../parts/badges.js";

export interface GateVerdict {
  name: string;
  passed: boolean;
  message: string;
}

/** Each gate's verdict, those that failed first. */
export function Gates({ of }: { of: readonly GateVerdict[] }) {
  if (of.length === 0) return <Text size="sm">No gate is asked for this stage.</Text>;
  const ordered = [...of].sort((a, b) => Number(a.passed) - Number(b.passed));
  return (
    <List
      listStyleType="none"
      spacing={8}
      aria-label="Gates"
      styles={{ itemWrapper: { display: "block" }, itemLabel: { display: "block" } }}
    >
      {ordered.map(({ name, passed, message }) => (
        <List.Item key={name}>
          <Group gap="xs">
            <Status of={passed ? "PASSED" : "FAILED"} />
            <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
              {name}
            </Text>
          </Group>
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {message}
          </Text>
        </List.Item>
      ))}
    </List>
  );
}

/** The gates of an error's extensions, as far as they are gates. */
export function gatesOf(value: unknown): GateVerdict[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (each): each is GateVerdict =>
      typeof each?.name === "string" && typeof each.passed === "boolean" && typeof each.message === "string",
  );
}
