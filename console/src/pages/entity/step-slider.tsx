import { Group, Text } from "@mantine/core";
import { useId } from "react";
import type { Step } from "./steps.js";

interface Props {
  label: string;
  /** What it says, in words. */
  note: string;
  steps: readonly Step[];
  value: string;
  change: (value: string | null) => void;
}

/** A slider over dates or instants; arrow keys go from one to the next. */
export function StepSlider({ label, note, steps, value, change }: Props) {
  const id = useId();
  const at = Math.max(
    0,
    steps.findIndex((step) => step.value === value),
  );
  return (
    <div>
      <Group justify="space-between" gap="xs">
        <Text component="label" htmlFor={id} fw={600} size="sm">
          {label}
        </Text>
        <Text component="output" htmlFor={id} size="sm" className="numbers">
          {steps[at]!.label}
        </Text>
      </Group>
      <input
        id={id}
        className="slider"
        type="range"
        min={0}
        max={steps.length - 1}
        step={1}
        value={at}
        disabled={steps.length < 2}
        aria-valuetext={steps[at]!.label}
        aria-describedby={`${id}-note`}
        onChange={({ currentTarget }) => change(steps[Number(currentTarget.value)]!.value)}
      />
      <Text id={`${id}-note`} size="xs" c="dimmed">
        {note}
      </Text>
    </div>
  );
}
