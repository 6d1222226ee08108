import { z } from "zod";
import { named } from "../../inputs/fields.js";
import { outcome, type RunWithResult, versionIn, versionReference } from "../outcome.js";

const measured = z.looseObject({ version: z.int() });
const gate = z.object({
  name: z.string(),
  passed: z.boolean(),
  message: z.string(),
  value: z.number().nullish(),
  limit: z.number().nullish(),
  details: z.record(z.string(), z.unknown()).nullish(),
});

const decision = named(z.enum(["PROMOTED", "KEPT"]).describe("What a comparison decided."), {
  type: "CompareDecision",
  values: { PROMOTED: "The candidate took Production's place.", KEPT: "Production stayed as it was." },
});

const metric = named(
  z.object({ name: z.string(), candidate: z.number().nullable(), production: z.number().nullable() }),
  { type: "HeldOutMetric" },
);

/** What a comparison with Production leaves in a result. */
export const storedContest = {
  decision: z.enum(["PROMOTED", "KEPT"]),
  reason: z.string(),
  metric: z.string(),
  delta: z.number(),
  candidate: measured,
  production: measured.nullable(),
  difference: z.object({ observed: z.number(), lower: z.number(), upper: z.number() }).nullable(),
  comparedOn: z.object({ asOf: z.string(), labelAsOf: z.string() }).nullable(),
  heldOutRows: z.number().nullable(),
  gates: z.array(gate),
};
type StoredContest = {
  readonly [Name in keyof typeof storedContest]?: z.output<(typeof storedContest)[Name]> | undefined;
};

/** The same as clients get it. */
export const contestFields = {
  decision: decision.nullish().describe("Whether the candidate was promoted."),
  reason: z.string().describe("Why, in words and numbers."),
  metric: z.string().describe("What the two were compared by."),
  delta: z.number().describe("What the candidate had to win by."),
  production: versionReference().describe("The version it was compared with."),
  difference: z.number().describe("By how much the candidate is better; negative where it is worse."),
  lower: z.number().describe("The lower end of the difference's interval."),
  upper: z.number().describe("The upper end."),
  comparedOn: named(z.string(), { type: "Date" }).describe("The date of the rows of both."),
  heldOutRows: z.int().describe("How many rows both were measured on."),
  metrics: z.array(metric).describe("Of both, each at its own threshold."),
  gates: z.array(named(gate, { type: "GateResult" })).describe("The gates' verdicts, and wins_by_delta."),
};

export const readContest = (
  { candidate, production, difference, comparedOn, ...same }: StoredContest,
  run: RunWithResult,
) => ({
  ...same,
  production: versionIn(run, production?.version),
  difference: difference?.observed,
  lower: difference?.lower,
  upper: difference?.upper,
  comparedOn: comparedOn?.asOf,
  metrics: candidate && metricsOf(candidate, production ?? {}),
});

export const compareOutcome = outcome({
  type: "CompareOutcome",
  description: "What trainAndCompare found and decided.",
  stored: { ...storedContest, challengers: z.array(measured) },
  fields: {
    ...contestFields,
    candidate: versionReference().describe("The version that did best out of fold."),
    challengers: z.array(versionReference()).describe("The other versions that were trained."),
  },
  read: ({ challengers, ...comparison }, run) => ({
    ...readContest(comparison, run),
    candidate: versionIn(run, comparison.candidate?.version),
    challengers: challengers?.flatMap(({ version }) => versionIn(run, version) ?? []),
  }),
});

/** What is kept beside the version and is a number of it: metrics, and not those that chose among candidates. */
function metricsOf(
  candidate: Readonly<Record<string, unknown>>,
  production: Readonly<Record<string, unknown>>,
) {
  const number = (value: unknown) => (typeof value === "number" ? value : null);
  return Object.keys(candidate)
    .filter(
      (name) => name !== "version" && !name.startsWith("validation") && number(candidate[name]) !== null,
    )
    .map((name) => ({ name, candidate: number(candidate[name]), production: number(production[name]) }));
}
