import { Checkbox, ScrollArea, Table, UnstyledButton } from "@mantine/core";
import { type ReactNode, useRef } from "react";

export interface DataColumn<Row> {
  /** Also the heading, unless `heading` is there. */
  name: string;
  heading?: ReactNode;
  /** Numbers stand on the right. */
  numeric?: boolean;
  cell: (row: Row) => ReactNode;
  /** Sorts by this column: what the button does, and how it is sorted now. */
  sort?: { direction: "ascending" | "descending" | null; toggle: () => void };
}

/** Rows that can be chosen; shift and a click choose a range. */
export interface Selection {
  selected: ReadonlySet<string>;
  change: (selected: ReadonlySet<string>) => void;
}

interface Props<Row> {
  /** What the table holds, for who hears it. */
  label: string;
  columns: readonly DataColumn<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  selection?: Selection;
}

/** A table that scrolls sideways by itself, with the mouse and with the keyboard. */
export function DataTable<Row>({ label, columns, rows, keyOf, selection }: Props<Row>) {
  const last = useRef<number | null>(null);
  const choose = (index: number, range: boolean) => {
    if (!selection) return;
    const next = new Set(selection.selected);
    const on = !next.has(keyOf(rows[index]!));
    const from = range && last.current !== null ? last.current : index;
    for (let at = Math.min(from, index); at <= Math.max(from, index); at++) {
      const row = rows[at];
      if (row && on) next.add(keyOf(row));
      else if (row) next.delete(keyOf(row));
    }
    last.current = index;
    selection.change(next);
  };
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: "region", "aria-label": label }}>
      <Table striped highlightOnHover verticalSpacing={6} aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {selection && (
              <Table.Th w={36}>
                <span className="mantine-visually-hidden">Select</span>
              </Table.Th>
            )}
            {columns.map((column) => (
              <Table.Th
                key={column.name}
                ta={column.numeric ? "right" : undefined}
                aria-sort={column.sort ? (column.sort.direction ?? "none") : undefined}
                style={{ whiteSpace: "nowrap" }}
              >
                <Heading {...column} />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, index) => {
            const key = keyOf(row);
            return (
              <Table.Tr key={key}>
                {selection && (
                  <Table.Td>
                    <Checkbox
                      size="xs"
                      aria-label={`Select ${key}`}
                      checked={selection.selected.has(key)}
                      onChange={() => {}}
                      onClick={({ shiftKey }) => choose(index, shiftKey)}
                    />
                  </Table.Td>
                )}
                {columns.map(({ name, numeric, cell }) => (
                  <Table.Td key={name} ta={numeric ? "right" : undefined}>
                    {cell(row)}
                  </Table.Td>
                ))}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function Heading<Row>({ name, heading, sort }: DataColumn<Row>) {
  if (!sort) return heading ?? name;
  const arrow = sort.direction === null ? "" : sort.direction === "ascending" ? " ↑" : " ↓";
  return (
    <UnstyledButton fw={700} fz="sm" onClick={sort.toggle}>
      {heading ?? name}
      {arrow}
    </UnstyledButton>
  );
}
