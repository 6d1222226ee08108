/** `; did you mean "train"?` where a known word is a slip of the hand away, else nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const [nearest] = known
    .map((each) => ({ each, far: slips(word.toLowerCase(), each) }))
    .filter(({ each, far }) => far <= Math.max(1, Math.floor(Math.min(word.length, each.length) / 3)))
    .sort((a, b) => a.far - b.far);
  return nearest ? `; did you mean ${JSON.stringify(nearest.each)}?` : "";
}

/** How many letters are added, left out, replaced or swapped with the next one (optimal string alignment). */
export function slips(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? rows[i - 2]![j - 2]! + 1
          : Number.POSITIVE_INFINITY;
      rows[i]![j] = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, replaced, swapped);
    }
  }
  return rows[a.length]![b.length]!;
}
