import type { Column, ColumnType } from "../column.js";
import {
  type AnyExpression,
  type ExpressionOf,
  expressionOfType,
  type OtherExpression,
} from "./expression.js";
import type { Leaf } from "./tree.js";

declare const TYPE: unique symbol;

/** A column or feature as expressions, requests and tasks name it: `applications.amount`. */
export type ColumnHandle<Type extends ColumnType = ColumnType> = ExpressionOf<Type> & {
  readonly [TYPE]?: Type;
};

/** One handle for each column, but for those that are called like something the owner has itself: for these there is `col`. */
export type HandlesOf<Columns extends Readonly<Record<string, Column>>, Owner> = string extends keyof Columns
  ? unknown
  : {
      readonly [Name in Exclude<keyof Columns & string, keyof Owner | "pick">]: ColumnHandle<
        Columns[Name]["type"]
      >;
    };

/** What a leaf was named on: a source or a view, by the leaf itself. */
const owners = new WeakMap<Leaf, object>();

/** The source or view whose column the leaf is; undefined of a request's value, and of what was read from JSON. */
export const ownerOf = <Owner extends object>(leaf: Leaf): Owner | undefined =>
  owners.get(leaf) as Owner | undefined;

/**
 * Gives an owner its handles. They do not show where its properties are listed, copied or hashed: they say nothing that the
 * columns do not.
 */
export function withHandles<Owner extends object>(
  owner: Owner,
  columns: Readonly<Record<string, Column>>,
  leafOf: (name: string) => Leaf,
): Owner {
  for (const [name, { type }] of Object.entries(columns)) {
    if (name in owner) continue;
    Object.defineProperty(owner, name, { get: () => handleOf(owner, leafOf(name), type), enumerable: false });
  }
  return owner;
}

export function handleOf(owner: object, leaf: Leaf, type: ColumnType): AnyExpression | OtherExpression {
  owners.set(leaf, owner);
  return expressionOfType(type, leaf);
}

/** The handle of a column or feature whose name the source or view has for something of its own: `col(orders, "version")`. */
export function col<
  const Columns extends Readonly<Record<string, Column>>,
  Name extends keyof Columns & string,
>(
  owner: { readonly name: string; readonly columns: Columns },
  name: Name,
): ColumnHandle<Columns[Name]["type"]> {
  const column = owner.columns[name];
  if (!column) throw new Error(`col: source ${owner.name} has no column ${name}`);
  const leaf = { op: "column", source: owner.name, name } as const;
  return handleOf(owner, leaf, column.type) as ColumnHandle<Columns[Name]["type"]>;
}
