import { Text } from "@mantine/core";
import { freshnessInWords, type Served } from "./freshness-words.js";

/** How old the newest values are, by how long they are served: in words, with a colour that only repeats them. */
export function Freshness({ of }: { of: Served }) {
  const { color, words } = freshnessInWords(of);
  return (
    <Text size="sm" c={`var(--status-${color})`} style={{ minWidth: 130 }}>
      {words}
    </Text>
  );
}
