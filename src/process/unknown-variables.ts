import { slips } from "../values/suggestion.js";

/** Read by the command line, docker compose or libraries; the others are config.ts's own. */
const ELSEWHERE = [
  ...["ASOF_URL", "ASOF_TOKEN", "ASOF_ACTOR", "ASOF_SCHEMA"],
  ...["POSTGRES_PASSWORD", "API_PORTS", "GRAFANA_PORT"],
  ...["NODE_ENV", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "TZ", "PATH", "HOME"],
];
const OF_LIBRARIES = /^(AWS_|OTEL_|PG[A-Z]+$|npm_|NODE_|UV_)/;
/** Prefixes that only asof uses. */
const OURS = /^(ASOF_|GRAPHQL_MAX_|OPENLINEAGE_|PREDICTION_LOG_|SHUTDOWN_)/;
/** Shorter names are similar to almost any other. */
const SHORTEST_GUESSED = 6;
/** Below, one slip is taken for one: BASE_URL, which other programs set, is no LAKE_URL. */
const TWO_SLIPS_FROM = 10;

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
    // Rules of alerts name their secrets as they like.
    if (name.startsWith("ALERT_") && findNearest(name, names, 2) === null) return [];
    const nearest = findNearest(name, names, ours ? 4 : name.length < TWO_SLIPS_FROM ? 1 : 2);
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
    // As many letters as one is longer are wrong at least.
    if (Math.abs(candidate.length - wanted.length) >= least) continue;
    const away = slips(wanted, candidate.toUpperCase());
    if (away < least) [nearest, least] = [candidate, away];
  }
  return nearest;
}
