/** Ends of the shades, as shares of a class' rows. */
export const SHADES = [0.05, 0.2, 0.5, 0.8] as const;

/** 0 to 4; the colours are in console.css. */
export function shadeOf(count: number, rows: number): number {
  const share = rows === 0 ? 0 : count / rows;
  const found = SHADES.findIndex((end) => share < end);
  return found === -1 ? SHADES.length : found;
}

/** The mistakes that are made most often, the most frequent first; of equal ones those of the first classes. */
export function mistakesOf(
  classes: readonly string[],
  confusion: readonly (readonly number[])[],
): { is: string; takenFor: string; count: number; rows: number }[] {
  return confusion
    .flatMap((row, own) => {
      const rows = row.reduce((sum, count) => sum + count, 0);
      return row.flatMap((count, other) =>
        own === other || count === 0 ? [] : [{ is: classes[own]!, takenFor: classes[other]!, count, rows }],
      );
    })
    .sort((a, b) => b.count - a.count);
}
