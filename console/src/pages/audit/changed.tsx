import { Code, Text } from "@mantine/core";
import { DataTable } from "../../parts/data-table.js";
import { leavesOf } from "../../parts/leaves.js";

/** What an act changed, field by field: what was before, and what is now. Nothing where neither is known, or they are alike. */
export function Changed({ details }: { details: unknown }) {
  const { before, after } = objectOf(details);
  const [was, is] = [leavesOf(objectOf(before)), leavesOf(objectOf(after))];
  const names = [...new Set([...was.keys(), ...is.keys()])].filter(
    (name) => textOf(was.get(name)) !== textOf(is.get(name)),
  );
  if (names.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        What changed
      </Text>
      <DataTable
        label="What changed"
        rows={names}
        keyOf={(name) => name}
        columns={[
          { name: "Field", cell: (name) => name },
          { name: "Before", cell: (name) => <Value of={was.get(name)} /> },
          { name: "After", cell: (name) => <Value of={is.get(name)} /> },
        ]}
      />
    </div>
  );
}

const Value = ({ of }: { of: unknown }) =>
  of === null || of === undefined ? (
    <span>–</span>
  ) : (
    <Code style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{textOf(of)}</Code>
  );

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : JSON.stringify(value ?? null);

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
