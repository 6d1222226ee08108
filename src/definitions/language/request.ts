import type { Column, ColumnType } from "./column.js";
import { type ExpressionOf, expressionOfType } from "./expression/expression.js";
import { type ColumnHandle, ownerOf } from "./expression/handles.js";
import type { ExpressionTree } from "./expression/tree.js";
import type { Source } from "./source.js";

/** Where a request's feature is learnt from: its type, range and values check the request. */
export interface LearntFrom<Type extends ColumnType = ColumnType> {
  readonly from: { readonly source: Source; readonly column: string };
  readonly type?: Type;
}

/** One value that a request brings. */
export interface RequestFeature {
  readonly name: string;
  /** Null: it is learnt from nothing, so no model can take it. */
  readonly from: LearntFrom["from"] | null;
  /** Of what is learnt from nothing. */
  readonly column?: Column;
}

const REQUEST = Symbol("request");

/** What a request brings: each feature by its name, as expressions name it, and in a service's `features` all of them. */
export type RequestFeatures<Features = unknown> = {
  readonly [REQUEST]: readonly RequestFeature[];
} & { readonly [Name in keyof Features]: Features[Name] };

type Brought = LearntFrom | Column;
type RequestExpressions<Features extends Readonly<Record<string, Brought>>> = {
  readonly [Name in keyof Features]: Features[Name] extends LearntFrom<infer Type>
    ? ExpressionOf<Type>
    : Features[Name] extends Column<infer Type>
      ? ExpressionOf<Type>
      : never;
};

/** `request({ amount: from(applications.amount) })` */
export const request = <const Features extends Readonly<Record<string, Brought>>>(
  features: Features,
): RequestFeatures<RequestExpressions<Features>> => {
  const declared = Object.entries(features).map(
    ([name, brought]): RequestFeature =>
      isLearnt(brought) ? { name, from: brought.from } : { name, from: null, column: brought },
  );
  const expressions = declared.map((feature) => [
    feature.name,
    expressionOfType(columnOfRequest(feature).type, { op: "request", name: feature.name }),
  ]);
  return Object.assign(Object.fromEntries(expressions), { [REQUEST]: declared });
};

/** The column of a source that a request's feature is learnt from. */
export const from = <Type extends ColumnType>(column: ColumnHandle<Type>): LearntFrom<Type> => {
  const { tree } = column as { tree: ExpressionTree };
  const source = tree?.op === "column" ? ownerOf<Source>(tree) : undefined;
  if (tree?.op !== "column" || !source)
    throw new Error("from: a column of a source was expected, such as from(applications.amount)");
  return { from: { source, column: tree.name } };
};

export const requestFeaturesIn = (part: object): readonly RequestFeature[] | null =>
  REQUEST in part ? (part as RequestFeatures)[REQUEST] : null;

/** What a value of the request is checked by. */
export function columnOfRequest({ from, column }: RequestFeature): Column {
  return (from ? from.source.columns[from.column] : column)!;
}

const isLearnt = (brought: Brought): brought is LearntFrom =>
  typeof (brought as LearntFrom).from === "object";
