import { Text } from "@mantine/core";
import { formatDuration, formatPercent } from "../../parts/format.js";

interface View {
  ttlSeconds?: number | null;
  freshness?: { ageSeconds?: number | null } | null;
}

/** From this share of its time to live on a view is said to run out; the deployment's own warning may come earlier. */
const RUNS_OUT = 0.8;

/** How old the newest values are, by how long they are served: in words, with a colour that only repeats them. */
export function Freshness({ of: { ttlSeconds, freshness } }: { of: View }) {
  const age = freshness?.ageSeconds;
  if (age === null || age === undefined) return <Said color="gray" words="Not materialized yet" />;
  const old = `${formatDuration(1_000 * age)} old`;
  if (!ttlSeconds) return <Said color="gray" words={`${old}; does not expire`} />;
  const share = age / ttlSeconds;
  if (share > 1) return <Said color="red" words={`Expired: ${old}, not served`} />;
  const color = share >= RUNS_OUT ? "orange" : "green";
  const begin = share >= RUNS_OUT ? "Runs out" : "Fresh";
  return <Said color={color} words={`${begin}: ${old}, ${formatPercent(share, 0)} of its time`} />;
}

function Said({ color, words }: { color: string; words: string }) {
  return (
    <Text size="sm" c={`var(--status-${color})`} style={{ minWidth: 130 }}>
      {words}
    </Text>
  );
}
