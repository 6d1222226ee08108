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
