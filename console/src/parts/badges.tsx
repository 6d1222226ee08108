import { Badge, Code, CopyButton, Tooltip, UnstyledButton } from "@mantine/core";
import { inWords } from "./format.js";

const STATUS_COLORS: Record<string, string> = {
  QUEUED: "gray",
  RUNNING: "blue",
  SUCCEEDED: "green",
  FAILED: "red",
  CANCELLED: "orange",
  OK: "green",
  DEGRADED: "orange",
  DOWN: "red",
  PUBLISHED: "green",
  WITHDRAWN: "red",
  DROPPED: "gray",
  PRESENT: "green",
  PASSED: "green",
  NULL_VALUE: "gray",
  NOT_FOUND: "red",
  OUTSIDE_MAX_AGE: "orange",
  NOT_DECLARED: "gray",
  MASKED: "gray",
  PRODUCTION: "green",
  STAGING: "blue",
  ARCHIVED: "gray",
  NONE: "gray",
  DONE: "green",
  REFUSED: "orange",
  ASKED: "gray",
  ERROR: "red",
  WARNING: "orange",
  PENDING: "blue",
  DELIVERED: "green",
  DEAD: "red",
  PROMOTED: "green",
  STOPPED: "red",
  SUPERSEDED: "orange",
  ENDED: "gray",
};

/** A status or a stage: its word, and a colour that only repeats it. */
export function Status({ of }: { of: string }) {
  const color = STATUS_COLORS[of] ?? "gray";
  return (
    <Badge variant="dot" color={`var(--status-${color})`} radius="sm" tt="none" fw={600} miw="max-content">
      {inWords(of)}
    </Badge>
  );
}

/** The first digits of a hash; all of them on hover, and in the clipboard on a click. */
export function Hash({ of }: { of: string | null | undefined }) {
  if (!of) return <span>–</span>;
  return (
    <CopyButton value={of}>
      {({ copied, copy }) => (
        <Tooltip
          label={copied ? "Copied" : `${of} (click to copy)`}
          maw={340}
          multiline
          style={{ overflowWrap: "anywhere" }}
        >
          <UnstyledButton onClick={copy} aria-label={`${of.slice(0, 12)}: copy all of it`}>
            <Code>{of.slice(0, 12)}</Code>
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  );
}
