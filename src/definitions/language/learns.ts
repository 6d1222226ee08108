import { type Calibration, DEFAULT_DECISION, type DecisionRule } from "../../values/decision.js";
import type { DecimalType } from "./column-types/column-type.js";
import { type ColumnHandle, ownerOf } from "./expression/handles.js";
import type { ExpressionTree } from "./expression/tree.js";
import type { Source } from "./source.js";

/** What a service's models learn. */
export interface Learns {
  readonly task: "binary" | "regression" | "multiclass";
  readonly label: { readonly source: Source; readonly column: string };
  readonly threshold?: DeclaredThreshold;
  readonly calibration?: Calibration;
  /** What says how much each row counts. */
  readonly weight?: { readonly source: Source; readonly column: string };
  /** The task's own name, where the label's type is usually another task's. */
  readonly named?: "MULTICLASS";
}

/** What a wrong answer costs, each in the same unit: the threshold is where the costs are least. */
export interface CostThreshold {
  /** Of a row that is called positive and is not. */
  readonly falsePositive: number;
  /** Of a row that is positive and is not called so. */
  readonly falseNegative: number;
}

/** How the threshold is chosen; by the best F1 where none is declared. */
export type DeclaredThreshold = CostThreshold | DecisionRule;

/** How much each row counts in training and in what it is judged by: a column of numbers above 0. */
export interface WeightOption {
  weight?: ColumnHandle<"int" | "bigint" | "float" | DecimalType>;
}

/** Yes or no: `binary(outcome.defaulted)`, where an answer becomes a yes, and how probabilities are put right. */
export const binaryTask = (
  column: ColumnHandle<"bool">,
  { weight, ...options }: { threshold?: DeclaredThreshold; calibration?: Calibration } & WeightOption = {},
): Learns => ({ task: "binary", label: labelOf("binary", column), ...options, ...weightOf(weight) });

/** A number: `regression(outcome.spend)`, and how much each row counts: `regression(outcome.spend, { weight: accounts.n })`. */
export const regressionTask = (
  column: ColumnHandle<"int" | "bigint" | "float" | DecimalType>,
  { weight }: WeightOption = {},
): Learns => ({ task: "regression", label: labelOf("regression", column), ...weightOf(weight) });

/** One of several classes: `multiclass(labels.cultivar)`. A whole number is a class' name here, not a quantity. */
export const multiclassTask = (
  column: ColumnHandle<"string" | "int">,
  { weight }: WeightOption = {},
): Learns => ({
  task: "multiclass",
  label: labelOf("multiclass", column),
  named: "MULTICLASS",
  ...weightOf(weight),
});

/** The threshold at which wrong answers cost least. */
export const cost = (of: CostThreshold): CostThreshold => of;
/** The threshold that finds the most rows at that precision or better; 0 to 1. */
export const targetPrecision = (target: number): DecisionRule => ({ kind: "precision", target });
/** The threshold that calls the fewest rows positive at that recall or better; 0 to 1. */
export const targetRecall = (target: number): DecisionRule => ({ kind: "recall", target });
/** That threshold. */
export const fixedThreshold = (threshold: number): DecisionRule => ({ kind: "given", threshold });

/** As trainings take it. */
export const decisionOf = (declared: DeclaredThreshold | undefined): DecisionRule =>
  declared === undefined ? DEFAULT_DECISION : "kind" in declared ? declared : { kind: "cost", ...declared };

const weightOf = (column: WeightOption["weight"]): Pick<Learns, "weight"> =>
  column ? { weight: labelOf("weight", column) } : {};

function labelOf(task: string, { tree }: { tree: ExpressionTree }): Learns["label"] {
  const source = tree.op === "column" ? ownerOf<Source>(tree) : undefined;
  if (tree.op !== "column" || !source)
    throw new Error(`${task}: a column of a source was expected, such as ${task}(outcomes.defaulted)`);
  return { source, column: tree.name };
}
