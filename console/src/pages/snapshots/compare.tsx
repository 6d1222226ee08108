import { Button, Group, Select } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";

/** Two dates to be compared: unless chosen, the newest with the one before it. */
export function Compare({ dates }: { dates: readonly string[] }) {
  const [from, setFrom] = useState<string | null>(null);
  const [to, setTo] = useState<string | null>(null);
  if (dates.length < 2) return null;
  const [earlier, later] = [from ?? dates[1]!, to ?? dates[0]!];
  const pick = { data: [...dates], allowDeselect: false, searchable: true, w: 150 };
  return (
    <Group align="end" gap="sm">
      <Select label="From" value={earlier} onChange={setFrom} {...pick} />
      <Select label="To" value={later} onChange={setTo} {...pick} />
      <Button component={Link} to={`/snapshots/diff?from=${earlier}&to=${later}`} variant="default">
        Compare
      </Button>
    </Group>
  );
}
