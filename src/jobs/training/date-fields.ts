import { z } from "zod";
import { calendarDate, instant, ranged } from "../../inputs/fields.js";
import { LABEL_AFTER_DAYS } from "../../values/ranges.js";

/** Which dates the features and the labels of a training set are of: the same arguments wherever one is made. */
export const dateFields = () => ({
  asOf: calendarDate()
    .nullish()
    .describe("The snapshot the features come from. Without it and asOfFrom the newest that has labels."),
  asOfFrom: calendarDate()
    .nullish()
    .describe(
      "Of a panel the first date: it has a row for each key and date, and keeps a key's rows on one side of the split.",
    ),
  asOfTo: calendarDate().nullish().describe("Of a panel the last date, the newest unless given."),
  labelAsOf: calendarDate().nullish().describe("The snapshot the labels come from."),
  labelAfterDays: ranged(z.int(), LABEL_AFTER_DAYS)
    .nullish()
    .describe(
      "The labels are as they held so many days after each date; dates whose day is yet to come are left out.",
    ),
});

/** The snapshot the labels come from, where a forecast may be asked for. */
export const forecastFields = () => ({
  labelAsOf: calendarDate()
    .nullish()
    .describe("The snapshot the labels come from, asOf unless given; a later date trains a forecast."),
  knownAt: instant()
    .nullish()
    .describe("Trains on the revisions that were known at that instant; absent: on the newest."),
});
