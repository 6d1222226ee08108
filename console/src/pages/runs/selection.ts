/**
 * What a click on a row's checkbox selects. With the shift key it is the range from the row that was clicked before, as far
 * as that is on the page, and the whole range takes the state that the clicked row gets.
 */
export function clicked(
  selected: ReadonlySet<string>,
  rows: readonly string[],
  row: string,
  { anchor, shift }: { anchor: string | null; shift: boolean },
): Set<string> {
  const next = new Set(selected);
  const from = shift && anchor !== null ? rows.indexOf(anchor) : -1;
  const to = rows.indexOf(row);
  const range = from < 0 ? [row] : rows.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const id of range) {
    if (selected.has(row)) next.delete(id);
    else next.add(id);
  }
  return next;
}
