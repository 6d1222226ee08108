import { BadUserInputError } from "../../../errors/errors.js";
import { numbersIn, ofTask, oneOf, type Param } from "../param.js";

/** The parameter of that name; LightGBM's and XGBoost's are called so, too. */
export const MONOTONE_CONSTRAINTS: Param<string> = {
  ...ofTask(
    ["BINARY", "REGRESSION"],
    oneOf<string>(
      ["none"],
      "none",
      "an object by numeric feature: 1 = the answer never falls as it rises, -1 = never rises, 0 = as it comes",
    ),
  ),
  byName: { of: "numeric feature", min: -1, max: 1, whole: true },
};

/** Which way the answer may move as a column rises: 1 up, -1 down. Columns that are not in it are free. */
export type Directions = ReadonlyMap<number, number>;

/** By column of the matrix; null: all are free. */
export function directionsOf(
  setting: string | undefined,
  columns: readonly { column: number; name: string }[],
): Directions | null {
  const named = numbersIn(setting);
  if (!named) return null;
  const directions = columns.map(
    ({ column, name }) => [column, Object.hasOwn(named, name) ? named[name]! : 0] as const,
  );
  const bound = new Map(directions.filter(([, direction]) => direction !== 0));
  return bound.size > 0 ? bound : null;
}

/** @throws {BadUserInputError} trees are to start from a line, which may go the other way */
export function requireNoLine(params: { monotone_constraints: string; linear_start: number }): void {
  if (!isBound(params) || params.linear_start !== 1) return;
  throw new BadUserInputError(
    'parameter "linear_start" of GRADIENT_BOOSTING: a logistic regression keeps no "monotone_constraints", got 1; take 0, or leave it out',
    { parameter: "linear_start" },
  );
}

/** Whether any feature is bound. */
export const isBound = ({ monotone_constraints: setting }: { monotone_constraints: string }): boolean =>
  Object.values(numbersIn(setting) ?? {}).some((direction) => direction !== 0);

/** What the values of the leaves below a node may be, before the learning rate. */
export interface LeafBounds {
  readonly lower: number;
  readonly upper: number;
}

export const FREE: LeafBounds = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };

export const clamped = (value: number, { lower, upper }: LeafBounds): number =>
  Math.min(Math.max(value, lower), upper);

/**
 * LeafBounds of the two sides of a split: what lies half-way between their values parts all that grows below them (the method
 * "basic" of LightGBM).
 * @param left, right the sides' values, within the bounds
 */
export function sidesOf(
  direction: number,
  bounds: LeafBounds,
  left: number,
  right: number,
): [LeafBounds, LeafBounds] {
  if (direction === 0) return [bounds, bounds];
  const middle = left + (right - left) / 2;
  const [below, above] = [
    { ...bounds, upper: middle },
    { ...bounds, lower: middle },
  ];
  return direction > 0 ? [below, above] : [above, below];
}
