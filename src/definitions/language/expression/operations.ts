import type { ColumnValue } from "../column.js";
import type { BucketNode, ConstantNode, ExpressionTree, Leaf, OperationName } from "./tree.js";
import { isLeaf } from "./tree.js";

/** The value of an expression for one row: its inputs by their places. */
export type Evaluate = (row: readonly ColumnValue[]) => ColumnValue;

/** One operation: its text, and its value from those of its parts. */
interface Operation {
  /** @param of the parts' texts; within one that is infix, those that are so in parentheses */
  text(of: readonly string[]): string;
  /** Whether its text is to stand in parentheses within another. */
  readonly isInfix: boolean;
  evaluate(of: readonly Evaluate[]): Evaluate;
}

/**
 * What is no number has no value: a division by zero, a logarithm of zero or less, what is beyond 1.8e308 in size. −0 is 0, as in
 * a database's text of it.
 */
const finite = (value: number): number | null => (value - value === 0 ? value + 0 : null);

/** A part that is empty leaves the whole empty. */
const unary =
  <T>(apply: (value: T) => ColumnValue) =>
  ([of]: readonly Evaluate[]): Evaluate => {
    const part = of!;
    return (row) => {
      const value = part(row);
      return value === null ? null : apply(value as T);
    };
  };
const binary =
  <T>(apply: (left: T, right: T) => ColumnValue) =>
  ([first, second]: readonly Evaluate[]): Evaluate => {
    const [left, right] = [first!, second!];
    return (row) => {
      const a = left(row);
      if (a === null) return null;
      const b = right(row);
      return b === null ? null : apply(a as T, b as T);
    };
  };

const infix = (symbol: string, evaluate: Operation["evaluate"]): Operation => ({
  text: (of) => of.join(` ${symbol} `),
  isInfix: true,
  evaluate,
});
const call = (name: string, evaluate: Operation["evaluate"]): Operation => ({
  text: (of) => `${name}(${of.join(", ")})`,
  isInfix: false,
  evaluate,
});

/** The least or greatest of those that are there; empty only where none is, as PostgreSQL's least and greatest. */
const extreme =
  (isBetter: (value: number, than: number) => boolean) =>
  (of: readonly Evaluate[]): Evaluate =>
  (row) => {
    let best: number | null = null;
    for (const part of of) {
      const value = part(row) as number | null;
      if (value !== null && (best === null || isBetter(value, best))) best = value;
    }
    return best;
  };

/** Of three values, as in SQL: `decides` is what one part alone makes of the whole. */
const connective =
  (decides: boolean) =>
  (of: readonly Evaluate[]): Evaluate =>
  (row) => {
    let isKnown = true;
    for (const part of of) {
      const value = part(row);
      if (value === decides) return decides;
      if (value === null) isKnown = false;
    }
    return isKnown ? !decides : null;
  };

/** Conditions and values in turns, and what holds where no condition is true; one that is empty is not true. */
function evaluateCase(of: readonly Evaluate[]): Evaluate {
  const otherwise = of.at(-1)!;
  if (of.length === 3) {
    const [condition, value] = [of[0]!, of[1]!];
    return (row) => (condition(row) === true ? value(row) : otherwise(row));
  }
  return (row) => {
    for (let i = 0; i + 1 < of.length; i += 2) if (of[i]!(row) === true) return of[i + 1]!(row);
    return otherwise(row);
  };
}

function caseText(of: readonly string[]): string {
  const otherwise = of.at(-1)!;
  if (of.length === 3) return `if ${of[0]} then ${of[1]} else ${otherwise}`;
  const branches = of
    .slice(0, -1)
    .flatMap((text, i) => (i % 2 === 0 ? [`when ${text} then ${of[i + 1]}`] : []));
  return `case ${branches.join(" ")} else ${otherwise} end`;
}

const DAY_MS = 86_400_000;

const OPERATIONS: Record<OperationName, Operation> = {
  add: infix(
    "+",
    binary<number>((a, b) => finite(a + b)),
  ),
  sub: infix(
    "-",
    binary<number>((a, b) => finite(a - b)),
  ),
  mul: infix(
    "*",
    binary<number>((a, b) => finite(a * b)),
  ),
  div: infix(
    "/",
    binary<number>((a, b) => finite(a / b)),
  ),
  log: call(
    "log",
    unary<number>((a) => finite(Math.log(a))),
  ),
  exp: call(
    "exp",
    unary<number>((a) => finite(Math.exp(a))),
  ),
  abs: call(
    "abs",
    unary<number>((a) => finite(Math.abs(a))),
  ),
  min: call(
    "min",
    extreme((value, than) => value < than),
  ),
  max: call(
    "max",
    extreme((value, than) => value > than),
  ),
  lt: infix(
    "<",
    binary<number>((a, b) => a < b),
  ),
  lte: infix(
    "<=",
    binary<number>((a, b) => a <= b),
  ),
  gt: infix(
    ">",
    binary<number>((a, b) => a > b),
  ),
  gte: infix(
    ">=",
    binary<number>((a, b) => a >= b),
  ),
  eq: infix(
    "=",
    binary((a, b) => a === b),
  ),
  ne: infix(
    "<>",
    binary((a, b) => a !== b),
  ),
  and: infix("and", connective(false)),
  or: infix("or", connective(true)),
  not: {
    ...infix(
      "",
      unary<boolean>((a) => !a),
    ),
    text: ([of]) => `not ${of}`,
  },
  is_null: {
    ...infix(
      "",
      ([of]) =>
        (row) =>
          of!(row) === null,
    ),
    text: ([of]) => `${of} is null`,
  },
  case: { text: caseText, isInfix: true, evaluate: evaluateCase },
  concat: call("concat", (of) => (row) => {
    let text = "";
    for (const part of of) {
      const value = part(row);
      if (value === null) return null;
      text += value;
    }
    return text;
  }),
  days_between: call(
    "days_between",
    binary<string>((from, to) => finite((Date.parse(to) - Date.parse(from)) / DAY_MS)),
  ),
};

/**
 * The one evaluator: training, export, drift and predictions all come here.
 * @param read how a leaf's value is had of a row
 */
export function compileExpression(tree: ExpressionTree, read: (leaf: Leaf) => Evaluate): Evaluate {
  if (isLeaf(tree)) return read(tree);
  if (tree.op === "constant") {
    const { value } = tree;
    return () => value;
  }
  const of = tree.of.map((part) => compileExpression(part, read));
  return isBucket(tree) ? bucketOf(of[0]!, tree.edges) : OPERATIONS[tree.op].evaluate(of);
}

/** As the docs and a model's record have it; two trees with the same text are the same expression. */
export function expressionText(tree: ExpressionTree): string {
  if (isLeaf(tree)) return tree.name;
  if (tree.op === "constant") return constantText(tree);
  if (isBucket(tree)) return `bucket(${expressionText(tree.of[0])}, [${tree.edges.join(", ")}])`;
  const { text, isInfix } = OPERATIONS[tree.op];
  return text(
    tree.of.map((part) =>
      isInfix && standsApart(part) ? `(${expressionText(part)})` : expressionText(part),
    ),
  );
}

const standsApart = (tree: ExpressionTree): boolean =>
  "of" in tree && !isBucket(tree) && OPERATIONS[tree.op].isInfix;

const isBucket = (tree: ExpressionTree): tree is BucketNode => tree.op === "bucket";

const constantText = ({ value }: ConstantNode): string =>
  typeof value === "string" ? JSON.stringify(value) : String(value);

/** Each interval has its lower end and not its upper one. */
function bucketOf(part: Evaluate, edges: readonly number[]): Evaluate {
  const names = bucketNames(edges);
  return (row) => {
    const value = part(row) as number | null;
    if (value === null) return null;
    let place = 0;
    while (place < edges.length && value >= edges[place]!) place++;
    return names[place]!;
  };
}

/** `<18`, `18..65`, `>=65`: the categories of a bucket, in order. */
export const bucketNames = (edges: readonly number[]): string[] => [
  `<${edges[0]}`,
  ...edges.slice(1).map((edge, i) => `${edges[i]}..${edge}`),
  `>=${edges.at(-1)}`,
];

export const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];
