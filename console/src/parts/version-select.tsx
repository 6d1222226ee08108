import { Select } from "@mantine/core";

/** One of a model's versions, by its number. */
export function VersionSelect({
  versions,
  value,
  change,
}: {
  versions: readonly number[];
  value: string;
  change(value: string): void;
}) {
  return (
    <Select
      label="Version"
      data={versions.map(String)}
      value={value}
      allowDeselect={false}
      searchable
      w={120}
      onChange={(chosen) => change(chosen ?? value)}
    />
  );
}
