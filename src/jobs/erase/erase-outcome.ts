import { z } from "zod";
import { named } from "../../inputs/fields.js";
import { outcome, runReference, versionReference } from "../outcome.js";

const erasedPlace = named(z.object({ place: z.string(), rows: z.int() }), { type: "ErasedPlace" });
const erasedArtifact = named(z.object({ run: z.string(), name: z.string(), sha256: z.string() }), {
  type: "ErasedArtifact",
});
const outsidePlace = named(z.object({ what: z.string(), until: z.string(), remedy: z.string() }), {
  type: "OutsidePlace",
});

export const eraseOutcome = outcome({
  type: "EraseOutcome",
  description: "How far an erasure reached, and what it does not reach.",
  stored: {
    repeated: z.boolean(),
    places: z.array(erasedPlace),
    artifacts: z.array(erasedArtifact),
    versions: z.array(z.object({ model: z.string(), version: z.int() })),
    underWay: z.array(z.string()),
    outside: z.array(outsidePlace),
  },
  fields: {
    repeated: z.boolean().describe("Whether the person was kept out by an earlier erasure already."),
    places: z.array(erasedPlace).describe("What was removed, place by place."),
    artifacts: z
      .array(erasedArtifact)
      .describe(
        "Files that were deleted: make them again without the person; and files of registrations that were written again without what was expected of the person.",
      ),
    versions: z.array(versionReference()).describe("Versions that were trained with the person: they stay."),
    underWay: z
      .array(runReference())
      .describe(
        "Trainings that had begun before, and may come to a version that was trained with the person.",
      ),
    outside: z.array(outsidePlace).describe("What stays, and is not asof's to remove."),
  },
  read: (stored) => stored,
});
