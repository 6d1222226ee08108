import type { WrittenKind } from "../run-kind.js";

/** Runs of other programs, which clients write by createRun, logMetrics and finishRun. */
export const externalKind = {
  name: "EXTERNAL",
  description: "Ran elsewhere; clients write it.",
  executed: "elsewhere",
  notRetried: "was made elsewhere and is repeated there; createRun begins another",
} as const satisfies WrittenKind;
