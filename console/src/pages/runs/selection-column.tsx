import { Checkbox } from "@mantine/core";
import { useRef } from "react";
import type { DataColumn } from "../../parts/data-table.js";
import { inWords } from "../../parts/format.js";
import { select, useSelected } from "./selected.js";
import { clicked } from "./selection.js";

/** A checkbox a row, and one for the page. */
export function useSelectionColumn<Row extends { id: string; kind: string; name?: string | null }>(
  rows: readonly Row[],
): DataColumn<Row> {
  const selected = useSelected();
  const anchor = useRef<string | null>(null);
  const ids = rows.map(({ id }) => id);
  const all = ids.length > 0 && ids.every((id) => selected.has(id));
  return {
    name: "Select",
    header: (
      <Checkbox
        size="xs"
        aria-label={all ? "Select none of this page" : "Select all of this page"}
        checked={all}
        indeterminate={!all && ids.some((id) => selected.has(id))}
        onChange={() => {
          const others = [...selected].filter((id) => !ids.includes(id));
          select(new Set(all ? others : [...selected, ...ids]));
        }}
      />
    ),
    cell: ({ id, kind, name }) => (
      <Checkbox
        size="xs"
        aria-label={`Select ${name ?? inWords(kind)} ${id.slice(0, 8)}`}
        checked={selected.has(id)}
        onChange={({ nativeEvent }) => {
          const shift = (nativeEvent as unknown as MouseEvent).shiftKey === true;
          select(clicked(selected, ids, id, { anchor: anchor.current, shift }));
          anchor.current = id;
        }}
      />
    ),
  };
}
