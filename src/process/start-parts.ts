/** When each part of the start was done, in ms since the process began. */
const marks: [part: string, atMs: number][] = [];

/** The part that just ended; the log's line of a process that serves says how long each took. */
export function markStart(part: string): void {
  marks.push([part, performance.now()]);
}

/** Each part of this process's start, in order, and the whole; ms. */
export function startParts(): Record<string, number> {
  const parts = marks.map(([part, at], i) => [part, Math.round(at - (marks[i - 1]?.[1] ?? 0))]);
  return Object.fromEntries([...parts, ["all", Math.round(marks.at(-1)?.[1] ?? 0)]]);
}
