import { createHash } from "node:crypto";

/** A run id derived from the run's purpose, so that a repeated start after a crash gives the same run. */
export function derivedRunId(origin: string, name: string): string {
  const hash = createHash("sha256").update(`${origin}\0${name}`).digest("hex");
  // As a UUID of version 8, the one for schemes of one's own (RFC 9562).
  const variant = ((Number.parseInt(hash[16]!, 16) & 3) | 8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}
