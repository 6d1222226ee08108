import { z } from "zod";
import { named, ranged } from "../../inputs/fields.js";
import { TARGET_ENCODING } from "../../values/target-encoding.js";

const { above, smoothing, minRows } = TARGET_ENCODING;

/** Of every kind that trains. */
export const targetEncodingField = () =>
  named(
    z
      .strictObject({
        above: ranged(z.int(), above)
          .default(above.default)
          .describe("Text features of more categories than that are encoded; 0: all of them."),
        smoothing: ranged(z.number(), smoothing)
          .default(smoothing.default)
          .describe("So many rows of the average label are added to those of each category."),
        minRows: ranged(z.int(), minRows)
          .default(minRows.default)
          .describe("Categories of fewer training rows count as unknown."),
      })
      .describe("How the categories of text features stand for what their labels were."),
    { type: "TargetEncodingInput" },
  )
    .nullish()
    .describe(
      "Text features of many categories are learnt by what the labels of each category were, out of fold; absent: by their 254 most frequent categories.",
    );
