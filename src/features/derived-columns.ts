import type { ColumnType, ColumnValue } from "../definitions/language/column.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import { compileExpression, type Evaluate } from "../definitions/language/expression/operations.js";
import { type ExpressionTree, leafKey, leavesOf } from "../definitions/language/expression/tree.js";
import type { PinnedColumn, PinnedDerived, PinnedFeature } from "./pinned-columns.js";

/** What is read for some features, and how a row that was read becomes theirs. */
export interface ReadPlan {
  /** Each once. */
  columns: readonly PinnedColumn[];
  /** @param row the values of `columns`; null: they are the features' already */
  complete: ((row: readonly ColumnValue[]) => ColumnValue[]) | null;
}

/** Columns are read, and everything else is computed: the only way from a snapshot's rows to features. */
export function readPlan(features: readonly PinnedFeature[]): ReadPlan {
  const columns: PinnedColumn[] = [];
  const places = new Map<string, number>();
  const placeOf = (column: PinnedColumn): number => {
    const key = JSON.stringify([column.source, column.column]);
    let place = places.get(key);
    if (place === undefined) {
      place = columns.push(column) - 1;
      places.set(key, place);
    }
    return place;
  };
  const evaluators = features.map((feature): Evaluate => {
    if (!isPinnedDerived(feature)) {
      const place = placeOf(feature);
      return (row) => row[place]!;
    }
    return compileOver(
      feature.expression,
      feature.inputs.map((input) => ({ type: input.type, place: placeOf(input) })),
    );
  });
  if (features.length === columns.length && !features.some(isPinnedDerived))
    return { columns, complete: null };
  return { columns, complete: (row) => evaluators.map((evaluate) => evaluate(row)) };
}

/** @param inputs of each leaf, in their order, its type and where a row has it */
export function compileOver(
  expression: ExpressionTree,
  inputs: readonly { type: ColumnType; place: number }[],
): Evaluate {
  const inputOf = new Map(leavesOf(expression).map((leaf, i) => [leafKey(leaf), inputs[i]!]));
  return compileExpression(expression, (leaf) => {
    const { type, place } = inputOf.get(leafKey(leaf))!;
    if (factsOf(type).feature !== "numeric") return (row) => row[place]!;
    // A bigint or a decimal may come as its digits: an expression has the nearest double, as training reads it.
    return (row) => {
      const value = row[place]!;
      return typeof value === "string" ? Number(value) : value;
    };
  });
}

export const isPinnedDerived = (feature: PinnedFeature): feature is PinnedDerived => "expression" in feature;

/** The columns that features are read from, each once. */
export const columnsRead = (features: readonly PinnedFeature[]): readonly PinnedColumn[] =>
  readPlan(features).columns;
