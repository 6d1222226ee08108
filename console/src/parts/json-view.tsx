import { Code, ScrollArea } from "@mantine/core";

/** A JSON value as it is, to be read and copied. */
export function JsonView({
  value,
  label,
  maxHeight = 360,
}: {
  value: unknown;
  label: string;
  maxHeight?: number;
}) {
  return (
    <ScrollArea.Autosize
      mah={maxHeight}
      type="auto"
      viewportProps={{ tabIndex: 0, role: "region", "aria-label": label }}
    >
      <Code block>{JSON.stringify(value, null, 2)}</Code>
    </ScrollArea.Autosize>
  );
}
