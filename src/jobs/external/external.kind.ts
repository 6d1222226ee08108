import { z } from "zod";
import { outcome, versionReference } from "../outcome.js";
import type { WrittenKind } from "../run-kind.js";

const registered = z.object({ registration: z.object({ model: z.string() }) });

/** Runs of other programs, which clients write by createRun, logMetrics and finishRun. */
export const externalKind = {
  name: "EXTERNAL",
  description: "Ran elsewhere; clients write it.",
  executed: "elsewhere",
  /** What clients put into it is theirs. */
  holds: "nothing",
  outcome: outcome({
    type: "ExternalOutcome",
    description: "What a run made elsewhere was registered as.",
    stored: {
      version: z.int(),
      sha256: z.string(),
      threshold: z.number().nullable(),
      warnings: z.array(z.string()),
    },
    fields: {
      version: versionReference().describe("The version that was registered from it."),
      sha256: z.string().describe("SHA-256 of the ONNX file."),
      threshold: z
        .number()
        .describe("The probability from which on the prediction is 1; null of tasks without one."),
      warnings: z.array(z.string()).describe("What its registration found and did not refuse."),
    },
    read: ({ version, ...same }, { params }) => {
      const registration = registered.safeParse(params).data?.registration;
      return {
        ...same,
        version: registration && version !== undefined ? { model: registration.model, version } : null,
      };
    },
  }),
  notRetried: "was made elsewhere and is repeated there; createRun begins another",
} as const satisfies WrittenKind;
