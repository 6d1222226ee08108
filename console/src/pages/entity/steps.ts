/** One place of a slider; the last one, "now", has no value. */
export interface Step {
  value: string;
  label: string;
}

interface Snapshot {
  asOf: string;
  createdAt: string;
  state: string;
}

/** The dates that snapshots describe, the oldest first, and now. A date of the address stands among them. */
export function dateSteps(snapshots: readonly Snapshot[], asked: string): Step[] {
  const dates = snapshots.filter(({ state }) => state !== "WITHDRAWN").map(({ asOf }) => asOf);
  return steps([...dates, asked], (date) => date, "now");
}

/** When each snapshot had been recorded, the oldest first, and now: all that is known. */
export function knownSteps(
  snapshots: readonly Snapshot[],
  asked: string,
  inWords: (instant: string) => string,
): Step[] {
  // An instant comes without its microseconds: a millisecond later it has certainly passed.
  const instants = snapshots.map(({ createdAt }) => new Date(Date.parse(createdAt) + 1).toISOString());
  return steps([...instants, asked], inWords, "now");
}

function steps(values: readonly string[], inWords: (value: string) => string, last: string): Step[] {
  const known = [...new Set(values)].filter((value) => value !== "").sort();
  return [...known.map((value) => ({ value, label: inWords(value) })), { value: "", label: last }];
}
