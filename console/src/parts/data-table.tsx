import { ScrollArea, Table } from "@mantine/core";
import type { ReactNode } from "react";

export interface DataColumn<Row> {
  /** Also the heading. */
  name: string;
  /** In the place of the name, such as a button that orders by the column. */
  header?: ReactNode;
  /** Numbers stand on the right. */
  numeric?: boolean;
  /** The rows are in this column's order. */
  sorted?: "ASC" | "DESC" | undefined;
  cell: (row: Row) => ReactNode;
}

interface Props<Row> {
  /** What the table holds, for who hears it. */
  label: string;
  columns: readonly DataColumn<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** In pixels; a longer table scrolls by itself, under its headings. */
  maxHeight?: number;
}

/** A number and its unit stay in one line. */
const NUMERIC = { ta: "right", style: { whiteSpace: "nowrap" } } as const;

/** A table that scrolls sideways by itself, with the mouse and with the keyboard. */
export function DataTable<Row>({ label, columns, rows, keyOf, maxHeight }: Props<Row>) {
  return (
    <ScrollArea.Autosize
      mah={maxHeight}
      type="auto"
      offsetScrollbars={maxHeight === undefined ? "present" : "y"}
      viewportProps={{ tabIndex: 0, role: "region", "aria-label": label }}
    >
      <Table
        striped
        highlightOnHover
        verticalSpacing={6}
        aria-label={label}
        stickyHeader={maxHeight !== undefined}
      >
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ name, header, numeric, sorted }) => (
              <Table.Th
                key={name}
                ta={numeric ? "right" : undefined}
                style={{ whiteSpace: "nowrap" }}
                aria-sort={sorted && (sorted === "ASC" ? "ascending" : "descending")}
              >
                {header ?? name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map(({ name, numeric, cell }) => (
                <Table.Td key={name} {...(numeric && NUMERIC)}>
                  {cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}
