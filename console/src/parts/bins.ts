/** Histograms as charts draw them. */

export interface Bin {
  from: number;
  to: number;
  count: number;
}

export interface Bar {
  from: number;
  to: number;
  /** Of the values, 0 to 1. */
  share: number;
  /** Share by unit of width: bins of different widths compare by it. */
  density: number;
}

/** A bin of one value has no width of its own: it is drawn as wide as `least`. */
export function barsOf(bins: readonly Bin[], least: number): Bar[] {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.map(({ from, to, count }) => {
    const half = to > from ? 0 : least / 2;
    const share = total === 0 ? 0 : count / total;
    return { from: from - half, to: to + half, share, density: share / (to - from + 2 * half) };
  });
}

/** A fortieth of what the histograms span together; 1 where that is nothing. */
export function leastWidth(histograms: readonly (readonly Bin[])[]): number {
  const bins = histograms.flat();
  const least = Math.min(...bins.map(({ from }) => from));
  const greatest = Math.max(...bins.map(({ to }) => to));
  const width = (greatest - least) / 40;
  return Number.isFinite(width) && width > 0 ? width : 1;
}

/** The one value that all rows of all histograms have; null where there are several. */
export function onlyValue(histograms: readonly (readonly Bin[])[]): number | null {
  const [first, ...others] = histograms.flat();
  if (!first || first.from !== first.to) return null;
  return others.every(({ from, to }) => from === first.from && to === first.to) ? first.from : null;
}

/** The outline of the bars, from the ground to the ground. */
export function outline(bars: readonly Bar[]): { x: number; y: number }[] {
  const [first, last] = [bars[0], bars.at(-1)];
  if (!first || !last) return [];
  return [
    { x: first.from, y: 0 },
    ...bars.flatMap(({ from, to, density }) => [
      { x: from, y: density },
      { x: to, y: density },
    ]),
    { x: last.to, y: 0 },
  ];
}

export interface CountedValue {
  value?: string | null;
  count: number;
  other: boolean;
}

/** Of several lists of commonest values the names that any has, in the order of all of them together; what is beyond `most` is other. */
export function valuesTogether(
  lists: readonly (readonly CountedValue[])[],
  most: number,
): { names: string[]; shares: Map<string, number>[] } {
  const totals = new Map<string, number>();
  for (const { value, count, other } of lists.flat())
    if (!other) totals.set(value ?? "", (totals.get(value ?? "") ?? 0) + count);
  const ranked = [...totals].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name]) => name);
  const listed = new Set(ranked.slice(0, most));
  const shares = lists.map((list) => {
    const total = list.reduce((sum, { count }) => sum + count, 0);
    const of = new Map<string, number>();
    for (const { value, count, other } of list) {
      const name = !other && listed.has(value ?? "") ? (value ?? "") : OTHER;
      of.set(name, (of.get(name) ?? 0) + count / total);
    }
    return of;
  });
  const names = ranked.slice(0, most);
  return { names: shares.some((of) => of.has(OTHER)) ? [...names, OTHER] : names, shares };
}

export const OTHER = "other values";
