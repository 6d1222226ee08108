import { z } from "zod";
import { BINARY, type ComparedMetricName, comparedMetrics, type TaskDeclaration } from "../../values/task.js";
import type { Refuse } from "./contradictions.js";

/** What promotion to Production asks of a version. Validated snapshots and a fitting signature are always asked. */
export interface Gates {
  /** Metrics of the version's run on its held-out rows, each with the least value accepted: `{ auc: 0.8, f1: 0.5 }`. */
  readonly minimum?: Readonly<Record<string, number>>;
  /** The same for metrics that are better when lower: `{ log_loss: 0.5 }`. */
  readonly maximum?: Readonly<Record<string, number>>;
  /** How it must stand up to Production; asked with its defaults where it is left out. */
  readonly notWorse?: NotWorseGate;
  /** Asks for a successful `reproduce` of the run that trained it, with an identical outcome. */
  readonly reproduced?: boolean;
  readonly fairness?: FairnessGate;
  /** Short for `minimum: { auc }`. */
  readonly minAuc?: number;
  /** Short for `notWorse: { metric: "auc", maxLoss }`. */
  readonly maxAucLoss?: number;
  /** A gate from outside, by its name, with its options; `true`: with its defaults. Its name has an underscore. */
  readonly [outside: `${string}_${string}`]: unknown;
}

/** How one gate is declared in `gates`, and what is checked there. */
export interface GateDeclaration<Options> {
  /** In `gates`; of a gate from outside its name. */
  readonly key: string;
  /** Each option with its default, and with the values it takes as its description. */
  readonly options: z.ZodType<Options>;
  /** Whether it is asked, with its defaults, where it is not declared. */
  readonly always: boolean;
  /** Options whose default is the task's; absent: none. */
  readonly ofTask?: (task: TaskDeclaration) => Readonly<Record<string, unknown>>;
  /** What the schema cannot see; null: nothing is wrong. */
  problem(options: Options, on: GateSubject): string | null;
}

/** What a service's gates are about. */
export interface GateSubject {
  /** The columns of the entity source. */
  readonly attributes: readonly string[];
  readonly task: TaskDeclaration;
}

const METRIC = /^[a-z][a-z0-9_]{0,60}$/;

const bounds = (key: string): GateDeclaration<Record<string, number>> => ({
  key,
  options: z.record(z.string(), z.number().describe("a number")),
  always: false,
  problem(limits) {
    const wrong = Object.keys(limits).find((metric) => !METRIC.test(metric));
    return wrong === undefined ? null : `: ${JSON.stringify(wrong)} is no metric's name`;
  },
});

export const minimumDeclaration = bounds("minimum");
export const maximumDeclaration = bounds("maximum");

/** Metrics with a paired difference, of all tasks. Of one that is better when lower the difference is turned round. */
export const COMPARED_METRICS: readonly ComparedMetricName[] = [...comparedMetrics.keys()];

const oneOf = <const Values extends readonly string[]>(values: Values) => ({
  values: z.enum(values),
  description: `one of ${values.join(", ")}`,
});
const compared = oneOf(COMPARED_METRICS);

/**
 * Non-inferiority on the candidate's held-out rows: the lower bound of the bootstrap interval of (candidate −
 * Production), both scored on the same resampled rows, must not lie below −maxLoss. A difference that the rows are
 * too few to tell from a loss is refused. The same rows, scores and seed give the same interval.
 */
const notWorseOptions = z.strictObject({
  metric: compared.values.default("auc").describe(compared.description),
  maxLoss: z.number().min(0).default(0.02).describe("at least 0"),
  confidence: z.number().min(0.5).lt(1).default(0.95).describe("at least 0.5 and below 1"),
  resamples: z.int().min(100).max(10_000).default(1000).describe("a whole number from 100 to 10000"),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1)
    .describe("a whole number from 0 to 4294967295"),
});
export type NotWorseGate = Readonly<z.input<typeof notWorseOptions>>;
export type NotWorse = z.output<typeof notWorseOptions>;

export const notWorseDeclaration: GateDeclaration<NotWorse> = {
  key: "notWorse",
  options: notWorseOptions,
  always: true,
  ofTask: ({ notWorse }) => notWorse,
  problem: ({ metric }, { task }) =>
    task.compared.some(({ name }) => name === metric)
      ? null
      : `.metric ${metric} is none of ${task.name}, which has ${task.compared.map(({ name }) => name).join(", ")}`,
};

export const reproducedDeclaration: GateDeclaration<object> = {
  key: "reproduced",
  options: z.strictObject({}),
  always: false,
  problem: () => null,
};

/** Shares of a group that are compared: of all its rows called positive, or of its positive rows called so. */
export const FAIRNESS_MEASURES = ["selection_rate", "true_positive_rate"] as const;
export type FairnessMeasure = (typeof FAIRNESS_MEASURES)[number];
const measures = oneOf(FAIRNESS_MEASURES);

/**
 * The greatest difference of a rate between groups of users, on held-out rows at the version's threshold.
 * true_positive_rate is equal opportunity, selection_rate demographic parity. Groups whose rate rests on fewer than
 * `minRows` are listed, not compared.
 */
const fairnessOptions = z.strictObject({
  attribute: z.string().describe("a column of the entity source"),
  measure: measures.values.default("true_positive_rate").describe(measures.description),
  maxGap: z.number().min(0).max(1).describe("between 0 and 1"),
  minRows: z.int().min(1).default(30).describe("a whole number, 1 or more"),
});
export type FairnessGate = Readonly<z.input<typeof fairnessOptions>>;
export type Fairness = z.output<typeof fairnessOptions>;

export const fairnessDeclaration: GateDeclaration<Fairness> = {
  key: "fairness",
  options: fairnessOptions,
  always: false,
  problem: ({ attribute }, { attributes, task }) =>
    task.name !== BINARY.name
      ? ` compares shares of rows called positive: models of ${task.name} call none so`
      : attributes.includes(attribute)
        ? null
        : `.attribute ${attribute} is no column of the entity source`,
};

const DECLARATIONS = [
  minimumDeclaration,
  maximumDeclaration,
  notWorseDeclaration,
  reproducedDeclaration,
  fairnessDeclaration,
];

/**
 * Calls `refuse` with what is wrong with the gates that the language knows. Those from outside are checked when their
 * records are there (registry/gates/registry.ts).
 */
export function checkGates(gates: Gates, subject: GateSubject, refuse: Refuse): void {
  const { minAuc, maxAucLoss } = gates;
  if (subject.task.name !== BINARY.name && (minAuc !== undefined || maxAucLoss !== undefined))
    refuse("gates minAuc and maxAucLoss are for yes and no; declare minimum, maximum or notWorse");
  if (minAuc !== undefined && !(minAuc >= 0 && minAuc <= 1))
    refuse(`gate minAuc ${minAuc} must be between 0 and 1`);
  if (minAuc !== undefined && gates.minimum?.auc !== undefined)
    refuse("gate minAuc says the same as minimum.auc; declare one");
  if (maxAucLoss !== undefined && !(maxAucLoss >= 0))
    refuse(`gate maxAucLoss ${maxAucLoss} must be at least 0`);
  if (maxAucLoss !== undefined && gates.notWorse)
    refuse("gate maxAucLoss says the same as notWorse; declare one");
  for (const declaration of DECLARATIONS) readGate(gates, declaration, subject, refuse);
}

/** The options of one gate with their defaults; null where the gate is not asked or was refused. */
export function readGate<Options>(
  gates: Gates,
  { key, options, always, ofTask, problem }: GateDeclaration<Options>,
  subject: GateSubject,
  refuse: Refuse,
): Options | null {
  const declared = spelledOut(gates)[key];
  const isLeftOut = declared === undefined || declared === null || declared === false;
  if (isLeftOut && !always) return null;
  const own = isLeftOut || declared === true ? {} : declared;
  const given = ofTask && isOptions(own) ? { ...ofTask(subject.task), ...own } : own;
  const read = options.safeParse(given);
  if (!read.success) {
    for (const issue of read.error.issues) refuse(`gate ${key}${optionProblem(options, given, issue)}`);
    return null;
  }
  const wrong = problem(read.data, subject);
  if (wrong === null) return read.data;
  refuse(`gate ${key}${wrong}`);
  return null;
}

/** The comparison with Production that the gates ask for, which is asked always. */
export const comparisonOf = (gates: Gates, { notWorse }: TaskDeclaration): NotWorse => {
  const declared = spelledOut(gates).notWorse;
  return notWorseDeclaration.options.parse({ ...notWorse, ...(isOptions(declared) && declared) });
};

const isOptions = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** By the keys of the declarations, without short forms. */
function spelledOut({ minAuc, maxAucLoss, ...gates }: Gates): Record<string, unknown> {
  return {
    ...gates,
    ...(minAuc === undefined ? {} : { minimum: { auc: minAuc, ...gates.minimum } }),
    ...(maxAucLoss === undefined ? {} : { notWorse: { maxLoss: maxAucLoss, ...gates.notWorse } }),
  };
}

function optionProblem(options: z.ZodType, given: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    const known = options instanceof z.ZodObject ? Object.keys(options.shape) : [];
    return `: no option is named ${JSON.stringify(issue.keys[0])}; there is ${known.join(", ") || "none"}`;
  }
  const [name, ...within] = issue.path;
  if (name === undefined) return ` ${shown(given)} must be its options, or true`;
  if (within.length > 0) return `.${issue.path.join(".")}: ${issue.message}`;
  const value = (given as Record<PropertyKey, unknown>)[name];
  const option =
    options instanceof z.ZodObject
      ? options.shape[String(name)]
      : options instanceof z.ZodRecord
        ? options.valueType
        : null;
  const taken = (option as z.ZodType | null)?.description;
  return taken ? `.${String(name)} ${shown(value)} must be ${taken}` : `.${String(name)}: ${issue.message}`;
}

const shown = (value: unknown): string =>
  typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "absent");
