import type { Range } from "./ranges.js";

/** One way to choose the threshold from which on an answer is a yes; src/training/tasks/binary/decide.ts chooses by it. */
interface DecisionDeclaration {
  /** One sentence, of the GraphQL enum. */
  readonly description: string;
  /** What it takes, by name. */
  readonly numbers: Readonly<Record<string, Range>>;
  /** What else is wrong with the numbers; null: nothing. */
  problem?(numbers: Readonly<Record<string, number>>): string | null;
}

const SHARE = { min: 0, max: 1 } as const;
const COST = { min: 0, max: Number.MAX_VALUE } as const;

/** Every way there is, by its kind. */
export const DECISIONS = {
  f1: { description: "Where F1 is greatest.", numbers: {} },
  cost: {
    description: "Where wrong answers cost least: `falsePositive` and `falseNegative`, in the same unit.",
    numbers: { falsePositive: COST, falseNegative: COST },
    problem: ({ falsePositive, falseNegative }) =>
      falsePositive === 0 && falseNegative === 0 ? "costs that are both 0 say nothing" : null,
  },
  precision: {
    description: "The most rows are found at a precision of `target` at least.",
    numbers: { target: SHARE },
  },
  recall: {
    description: "The fewest rows are called positive at a recall of `target` at least.",
    numbers: { target: SHARE },
  },
  given: { description: "At `threshold`, whatever it makes of the rows.", numbers: { threshold: SHARE } },
} as const satisfies Readonly<Record<string, DecisionDeclaration>>;

export type DecisionKind = keyof typeof DECISIONS;

/** How a threshold is chosen. */
export type DecisionRule = {
  [Kind in DecisionKind]: { readonly kind: Kind } & {
    readonly [Name in keyof (typeof DECISIONS)[Kind]["numbers"]]: number;
  };
}[DecisionKind];

/** What a wrong answer costs, each in the same unit. */
export type Costs = Omit<Extract<DecisionRule, { kind: "cost" }>, "kind">;

export const DEFAULT_DECISION: DecisionRule = { kind: "f1" };

/** What is wrong with it, in a sentence; null: it is a decision. */
export function decisionProblem(given: Readonly<Record<string, unknown>>): string | null {
  const { kind, ...numbers } = given;
  if (typeof kind !== "string" || !Object.hasOwn(DECISIONS, kind))
    return `a kind of ${Object.keys(DECISIONS).join(", ")} was expected, got ${JSON.stringify(kind)}`;
  const declared: DecisionDeclaration = DECISIONS[kind as DecisionKind];
  const known = Object.keys(declared.numbers);
  const unknown = Object.keys(numbers).find((name) => !known.includes(name));
  if (unknown !== undefined) return `${kind} takes ${known.join(" and ") || "no number"}, not ${unknown}`;
  for (const [name, { min, max }] of Object.entries(declared.numbers)) {
    const value = numbers[name];
    if (typeof value === "number" && value >= min && value <= max && Number.isFinite(value)) continue;
    const range = max === Number.MAX_VALUE ? `of ${min} or more` : `from ${min} to ${max}`;
    return `${kind} takes ${name}, a number ${range}; got ${value === undefined ? "none" : JSON.stringify(value)}`;
  }
  return declared.problem?.(numbers as Record<string, number>) ?? null;
}

/** `precision, target 0.8` */
export function decisionInWords({ kind, ...numbers }: DecisionRule): string {
  return [kind, ...Object.entries(numbers).map(([name, value]) => `${name} ${value}`)].join(", ");
}

/** How probabilities are put right on rows that the model was not fitted on. */
export const CALIBRATIONS = {
  none: "As the learner gives them.",
  platt: "By a logistic curve of their log odds, two numbers; keeps their order.",
  isotonic: "By a rising line through what happened, with as many corners as the rows bear.",
  auto: "By whichever helps by more than noise on rows that it was not fitted on; by none where neither does.",
} as const;
export type Calibration = keyof typeof CALIBRATIONS;
/** One that can be in a model. */
export type CalibrationMethod = Exclude<Calibration, "auto">;
export const DEFAULT_CALIBRATION: Calibration = "none";
