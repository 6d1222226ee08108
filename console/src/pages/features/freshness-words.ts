import { formatDuration, formatPercent } from "../../parts/format.js";

export interface Served {
  ttlSeconds?: number | null;
  freshness?: { ageSeconds?: number | null } | null;
}

/** From this share of its time to live on a view is said to run out; the deployment's own warning may come earlier. */
const RUNS_OUT = 0.8;

export function freshnessInWords({ ttlSeconds, freshness }: Served): {
  color: "gray" | "green" | "orange" | "red";
  words: string;
} {
  const age = freshness?.ageSeconds;
  if (age === null || age === undefined) return { color: "gray", words: "Not materialized yet" };
  const old = `${formatDuration(1_000 * age)} old`;
  if (!ttlSeconds) return { color: "gray", words: `${old}; does not expire` };
  const share = age / ttlSeconds;
  if (share > 1) return { color: "red", words: `Expired: ${old}, not served` };
  const ofTime = `${old}, ${formatPercent(share, 0)} of its time`;
  return share >= RUNS_OUT
    ? { color: "orange", words: `Runs out: ${ofTime}` }
    : { color: "green", words: `Fresh: ${ofTime}` };
}
