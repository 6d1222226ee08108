import type { ColumnValue } from "../column.js";

/** What values an expression has. */
export type ValueKind = "number" | "text" | "flag" | "day";

/** A column of a source: served as the feature of the view that has it. */
export interface ColumnLeaf {
  readonly op: "column";
  readonly source: string;
  readonly name: string;
}
/** A feature of a view. */
export interface FeatureLeaf {
  readonly op: "feature";
  readonly view: string;
  readonly name: string;
}
/** What a request brings. */
export interface RequestLeaf {
  readonly op: "request";
  readonly name: string;
}
export type Leaf = ColumnLeaf | FeatureLeaf | RequestLeaf;

export interface ConstantNode {
  readonly op: "constant";
  readonly value: ColumnValue;
}
export interface BucketNode {
  readonly op: "bucket";
  readonly of: readonly [ExpressionTree];
  /** Ascending. */
  readonly edges: readonly number[];
}
export interface OperationNode {
  readonly op: OperationName;
  readonly of: readonly ExpressionTree[];
}
export type OperationName =
  | ("add" | "sub" | "mul" | "div" | "log" | "exp" | "abs" | "min" | "max")
  | ("lt" | "lte" | "gt" | "gte" | "eq" | "ne" | "and" | "or" | "not" | "is_null")
  | ("case" | "concat" | "days_between");

/** An expression as plain data: what is hashed, kept with a model and written in the docs. */
export type ExpressionTree = Leaf | ConstantNode | BucketNode | OperationNode;

/** More is no feature but a program; it also ends what contains itself. */
export const MAX_NODES = 1_000;
const MAX_DEPTH = 100;

/** Why it cannot be evaluated, or null. */
export function treeProblem(tree: ExpressionTree): string | null {
  let nodes = 0;
  const walk = (node: ExpressionTree, depth: number): string | null => {
    if (depth > MAX_DEPTH)
      return `it is nested more than ${MAX_DEPTH} deep, or contains itself; name its parts, or take it apart`;
    if (++nodes > MAX_NODES) return `it has more than ${MAX_NODES} parts; take it apart`;
    for (const part of partsOf(node)) {
      const problem = walk(part, depth + 1);
      if (problem) return problem;
    }
    return null;
  };
  return walk(tree, 1);
}

/** The columns, features and values of a request that it is made of, each once, in the order they stand there. */
export function leavesOf(tree: ExpressionTree): Leaf[] {
  const found = new Map<string, Leaf>();
  const walk = (node: ExpressionTree): void => {
    if (isLeaf(node)) found.set(leafKey(node), node);
    else for (const part of partsOf(node)) walk(part);
  };
  walk(tree);
  return [...found.values()];
}

export const isLeaf = (node: ExpressionTree): node is Leaf =>
  node.op === "column" || node.op === "feature" || node.op === "request";

/** Two leaves with the same key are the same. */
export const leafKey = (leaf: Leaf): string =>
  JSON.stringify([leaf.op, "source" in leaf ? leaf.source : "view" in leaf ? leaf.view : null, leaf.name]);

const partsOf = (node: ExpressionTree): readonly ExpressionTree[] => ("of" in node ? node.of : []);
