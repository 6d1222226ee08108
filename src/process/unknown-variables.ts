/** Read by the command line, docker compose or libraries; the others are config.ts's own. */
const ELSEWHERE = [
  ...["ASOF_URL", "ASOF_TOKEN", "ASOF_ACTOR", "ASOF_SCHEMA", "POSTGRES_PASSWORD", "API_PORT", "GRAFANA_PORT"],
  ...["NODE_ENV", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "TZ", "PATH", "HOME"],
];
const OF_LIBRARIES = /^(OTEL_|PG[A-Z]+$|npm_|NODE_|UV_)/;
/** Prefixes that only asof uses. */
const OURS = /^(ASOF_|GRAPHQL_MAX_|PREDICTION_LOG_|SHUTDOWN_)/;
/** Shorter names are similar to almost any other. */
const SHORTEST_GUESSED = 6;

/**
 * Variables that were set for asof and that it does not read: those in `.env`, those with a prefix of asof's, and those
 * that look like a misspelling of one that it reads.
 * @param names of those that asof reads
 * @param inFile those that `.env` sets
 * @returns a sentence for each
 */
export function unknownVariables(
  env: NodeJS.ProcessEnv,
  names: readonly string[],
  inFile: readonly string[] = [],
): string[] {
  const known = new Set([...names, ...ELSEWHERE]);
  return Object.keys(env).flatMap((name) => {
    if (known.has(name) || OF_LIBRARIES.test(name) || env[name] === undefined) return [];
    const ours = OURS.test(name) || inFile.includes(name);
    const nearest = findNearest(name, names, ours ? 4 : 2);
    if (!ours && (nearest === null || name.length < SHORTEST_GUESSED)) return [];
    const advice = nearest ? `; did you mean ${nearest}?` : " (.env.example names all)";
    return [`${name} is set, but is no variable of asof's${advice}`];
  });
}

export function findNearest(name: string, names: readonly string[], most: number): string | null {
  const wanted = name.toUpperCase();
  let nearest: string | null = null;
  let least = most + 1;
  for (const candidate of names) {
    const away = distance(wanted, candidate.toUpperCase());
    if (away < least) [nearest, least] = [candidate, away];
  }
  return nearest;
}

/** Slips of the hand: letters added, left out, changed, or two neighbours swapped (optimal string alignment). */
function distance(a: string, b: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = last![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last![j]! + 1, row[j - 1]! + 1, changed);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, before![j - 2]! + 1);
    }
    [before, last] = [last, row];
  }
  return last![b.length]!;
}
