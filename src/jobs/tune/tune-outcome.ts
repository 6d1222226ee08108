import { z } from "zod";
import { named } from "../../inputs/fields.js";
import { outcome, runReference, versionIn, versionReference } from "../outcome.js";

const stored = z.object({
  number: z.int(),
  runId: z.string(),
  seconds: z.number(),
  value: z.number().nullable(),
  problem: z.string().nullable(),
  // Of searches before there were rungs: none.
  rung: z.int().optional(),
  share: z.number().optional(),
});

const trial = named(
  z
    .object({
      number: z.int().describe("From 1."),
      run: runReference().nullable().describe("Its own run."),
      seconds: z.number().describe("How long it took."),
      value: z
        .number()
        .nullable()
        .describe("Of the metric, out of fold; null where it failed or ran out of time."),
      problem: z.string().nullable().describe("Why it has no value."),
      rung: z.int().describe("From 1: the rung that it was fitted on. Values of one rung can be compared."),
      share: z.number().describe("How much of the training rows the rung has; 1 of the last one."),
    })
    .describe("One fit of a search; a trial that goes on is fitted once a rung."),
  { type: "TuneTrial" },
);

export const tuneOutcome = outcome({
  type: "TuneOutcome",
  description: "What a search found.",
  stored: {
    metric: z.string(),
    best: stored.extend({ version: z.int() }),
    trials: z.array(stored),
    asked: z.int(),
  },
  fields: {
    metric: z.string().describe("What trials are judged by, out of fold."),
    version: versionReference().describe("The version of the best one."),
    best: trial.nullish().describe("The best trial."),
    trials: z.array(trial).describe("The fits that were made, at most 500, in their order."),
    asked: z.int().describe("How many were asked for."),
  },
  read: ({ metric, best, trials, asked }, run) => ({
    metric,
    asked,
    version: versionIn(run, best?.version),
    best: best && asField(best),
    trials: trials?.map(asField),
  }),
});

const asField = ({
  number,
  runId,
  seconds,
  value,
  problem,
  rung = 1,
  share = 1,
}: z.infer<typeof stored>) => ({
  number,
  run: runId,
  seconds,
  value,
  problem,
  rung,
  share,
});
