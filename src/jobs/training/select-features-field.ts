import { z } from "zod";
import { named, ranged } from "../../inputs/fields.js";
import { KEPT_FEATURES, SELECTION_METHODS, type SelectionMethod } from "../../values/selection-rule.js";
import { describedBy, enumOf } from "./pin-decision.js";

/** Of every kind that trains. */
export const selectFeaturesField = () =>
  named(
    z
      .strictObject({
        by: named(
          z
            .enum(enumOf(Object.keys(SELECTION_METHODS) as SelectionMethod[]))
            .describe(
              "What features are judged by, of training rows that the judged fits have not learnt from.",
            ),
          { type: "SelectionMethod", values: describedBy(SELECTION_METHODS) },
        )
          .default("permutation")
          .describe("What features are judged by."),
        keep: ranged(z.int(), KEPT_FEATURES)
          .nullish()
          .describe(
            "So many of the best are learnt from; absent: those above every shuffled copy of a feature on each fold.",
          ),
      })
      .describe("How the features to learn from are chosen, on training rows alone."),
    { type: "SelectFeaturesInput" },
  )
    .nullish()
    .describe(
      "The model learns from the features that are worth most, chosen on training rows; absent: from all.",
    );
