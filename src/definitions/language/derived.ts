import type { Column, ColumnType } from "./column.js";
import type { AnyExpression } from "./expression/expression.js";
import { ownerOf } from "./expression/handles.js";
import { expressionText } from "./expression/operations.js";
import { type ExpressionTree, leavesOf, treeProblem, type ValueKind } from "./expression/tree.js";
import type { FeatureView } from "./feature-view.js";
import type { Source } from "./source.js";

/** A feature that is computed from others, for training and predictions alike, each time it is needed. */
export interface DerivedFeature<Value extends AnyExpression = AnyExpression> {
  readonly kind: "derived";
  readonly name: string;
  /** As other expressions name it. */
  readonly value: Value;
  readonly description?: string;
}

/** As a service keeps it: plain data. */
export interface DeclaredDerived {
  readonly name: string;
  readonly type: ColumnType;
  readonly tree: ExpressionTree;
  /** What its leaves are columns of, in the order of `leavesOf`. */
  readonly owners: readonly LeafOwner[];
  readonly description?: string;
}

/** Of a value that a request brings, neither. */
export interface LeafOwner {
  readonly source?: Source;
  readonly view?: FeatureView;
}

/** `derived("burden", ask.amount.div(applicants.income))` */
export const derived = <Value extends AnyExpression>(
  name: string,
  value: Value,
  options: { description?: string } = {},
): DerivedFeature<Value> => ({ kind: "derived", name, value, ...options });

export const isDerived = (part: object): part is DerivedFeature =>
  (part as Partial<DerivedFeature>).kind === "derived";

const TYPES: Record<ValueKind, ColumnType> = { number: "float", text: "string", flag: "bool", day: "date" };

export const declareDerived = ({ name, value, description }: DerivedFeature): DeclaredDerived => ({
  name,
  type: TYPES[value.kind],
  tree: value.tree,
  owners: treeProblem(value.tree) === null ? leavesOf(value.tree).map(leafOwner) : [],
  ...(description === undefined ? {} : { description }),
});

function leafOwner(leaf: ReturnType<typeof leavesOf>[number]): LeafOwner {
  if (leaf.op === "column") return { source: ownerOf<Source>(leaf) };
  return leaf.op === "feature" ? { view: ownerOf<FeatureView>(leaf) } : {};
}

/** What a model takes it as. It may always be empty, and is personal where an input is. */
export const columnOfDerived = (
  { type, tree, description }: DeclaredDerived,
  inputs: readonly { readonly column: Column }[],
): Column => {
  const text = expressionText(tree);
  return {
    type,
    required: false,
    description: description === undefined ? `${text}.` : `${description} ${text}.`,
    ...(inputs.some(({ column }) => column.personal) && { personal: true }),
  };
};
