import { CLASSES, MULTICLASS, REGRESSION, type TaskName, taskOfLabel } from "../../values/task.js";
import { CommandError } from "../errors.js";
import type { InferredColumn } from "./infer-column.js";

type Gates = Readonly<Record<"minimum" | "notWorse", Readonly<Record<string, number | string>>>>;

/** The gates of a first service, by what its models learn: to be moved to what they reach. */
export const FIRST_GATES: Readonly<Record<TaskName, Gates>> = {
  BINARY: { minimum: { auc: 0.6 }, notWorse: { metric: "auc", maxLoss: 0.02 } },
  REGRESSION: { minimum: { r2: 0.1 }, notWorse: { ...REGRESSION.notWorse } },
  MULTICLASS: { minimum: { macro_auc: 0.6 }, notWorse: { ...MULTICLASS.notWorse } },
};

/**
 * What a column is learnt as: of two values yes or no, of numbers a quantity, of few texts one of several classes.
 * @throws {CommandError} it is empty somewhere, or says nothing that is learnt
 */
export function asLabel(name: string, column: InferredColumn, note: (what: string) => void): InferredColumn {
  const { type, distinct, missing } = column;
  if (missing > 0)
    throw new CommandError(`the label ${name} is empty in ${missing} rows; leave those rows out of its file`);
  if (type === "bool") return column;
  if (distinct === 2) return yesOrNo(column, note);
  const isFew = distinct !== null && distinct >= CLASSES.min && distinct <= CLASSES.max;
  const task = distinct === 1 ? undefined : taskOfLabel(type)?.name;
  if (task === REGRESSION.name) {
    const classes = type === "int" && isFew ? "; if they name classes, write task: multiclass(…)" : "";
    note(`its numbers are learnt as a quantity (regression)${classes}`);
    return column;
  }
  if (task === MULTICLASS.name && isFew) {
    note(`its ${distinct} texts are learnt as classes (multiclass)`);
    return column;
  }
  const values = `${distinct ?? "more than 1000"} different ${type === "string" ? "texts" : "values"} of the type ${type}`;
  throw new CommandError(
    `the label ${name} has ${values}; asof learns what has two values, numbers, and ${CLASSES.min} to ${CLASSES.max} texts`,
  );
}

/** Of two words, the rarer one is what is to be foreseen. */
function yesOrNo(column: InferredColumn, note: (what: string) => void): InferredColumn {
  const [rare, often] = [...column.shares].sort(([, a], [, b]) => a - b);
  const percent = Math.round(rare![1] * 100);
  note(
    `${JSON.stringify(rare![0])} (${percent} % of the rows) was taken for true, ${JSON.stringify(often![0])} for false`,
  );
  return {
    ...column,
    type: "bool",
    oneOf: null,
    min: null,
    zone: null,
    words: { true: [rare![0]], false: [often![0]] },
  };
}
