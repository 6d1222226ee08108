import { Stack, Text } from "@mantine/core";
import { formatValue, inWords } from "../../parts/format.js";

/** What options say, each in a line of its own: of a channel, or of an event. */
export function Options({ of }: { of: unknown }) {
  return (
    <Stack gap={0} miw={200}>
      {entriesOf(of).map(([name, value]) => (
        <Text key={name} size="sm" style={{ overflowWrap: "anywhere" }}>
          <Text span size="sm" c="dimmed">
            {name}
          </Text>{" "}
          {Array.isArray(value) ? value.map(formatValue).join(", ") : formatValue(value)}
        </Text>
      ))}
    </Stack>
  );
}

/** The events that a rule asks for, each with its options. */
export function Events({ on, params }: { on: readonly string[]; params: unknown }) {
  const options = new Map(entriesOf(params));
  return (
    <Stack gap={0} miw={160}>
      {on.map((event) => (
        <div key={event}>
          {inWords(event)}
          {entriesOf(options.get(event)).map(([name, value]) => (
            <Text key={name} span size="sm" c="dimmed">
              {" "}
              {name} {Array.isArray(value) ? value.map(formatValue).join(", ") : formatValue(value)}
            </Text>
          ))}
        </div>
      ))}
    </Stack>
  );
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];
