interface Revision {
  asOf: string;
  revision: number;
  state: string;
}

/** Of each date the newest revision that was not withdrawn, the newest date first. */
export function datesOf<Snapshot extends Revision>(snapshots: readonly Snapshot[]): Snapshot[] {
  const newest = new Map<string, Snapshot>();
  for (const snapshot of snapshots) {
    if (snapshot.state === "WITHDRAWN") continue;
    const known = newest.get(snapshot.asOf);
    if (!known || known.revision < snapshot.revision) newest.set(snapshot.asOf, snapshot);
  }
  return [...newest.values()].sort((a, b) => (a.asOf < b.asOf ? 1 : -1));
}

/** `2024-01-31 to 2024-02-29: 0.0 %; 2024-03-31: 9.0 %`: dates in a row with the same share are one. */
export function spells(dates: readonly { asOf: string; share: string }[]): string {
  const found: { from: string; to: string; share: string }[] = [];
  for (const { asOf, share } of dates) {
    const last = found.at(-1);
    if (last?.share === share) last.to = asOf;
    else found.push({ from: asOf, to: asOf, share });
  }
  const [only] = found;
  if (only && found.length === 1 && dates.length > 1) return `${only.share} in all ${dates.length} snapshots`;
  return found
    .map(({ from, to, share }) => `${from === to ? from : `${from} to ${to}`}: ${share}`)
    .join("; ");
}
