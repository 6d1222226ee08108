import { Text, Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { formatAgo } from "./format.js";

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** An instant in the reader's zone, or how long ago it is; UTC on hover and focus. */
export function Time({ at, ago = false }: { at: string | null | undefined; ago?: boolean }) {
  const now = useNow(ago);
  if (!at) return <span>–</span>;
  const local = LOCAL.format(new Date(at));
  return (
    <Tooltip
      label={ago ? `${local} (${at} UTC)` : `${at} UTC`}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Text component="time" dateTime={at} inherit tabIndex={0} style={{ whiteSpace: "nowrap" }}>
        {ago ? formatAgo(at, now) : local}
      </Text>
    </Tooltip>
  );
}

/** The clock, again each 15 s where it is asked for. */
function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
