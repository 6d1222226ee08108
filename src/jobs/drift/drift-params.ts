import { z } from "zod";

const snapshotSide = z.object({ kind: z.literal("snapshot"), id: z.number(), asOf: z.string() });
const servedSide = z.object({
  kind: z.literal("served"),
  model: z.string(),
  version: z.number().nullable(),
  since: z.string().nullable(),
  until: z.string().nullable(),
});
/** What is compared, pinned when it was asked for. */
export const driftParams = z.object({
  model: z.string(),
  before: snapshotSide,
  after: z.discriminatedUnion("kind", [snapshotSide, servedSide]),
  limits: z.object({ alpha: z.number(), minPsi: z.number() }),
  retrainAsOf: z
    .string()
    .nullable()
    .describe(
      "What is trained on when the policy asks for it: the newest date up to the later side that has labels.",
    ),
});
export type DriftParams = z.infer<typeof driftParams>;
